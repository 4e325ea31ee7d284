-- SPDX-License-Identifier: Apache-2.0
-- Sums that are not those of the rows: nothing, if all is well. The report's views (r_*) are there.
WITH pair(name, sums, rows) AS (
	SELECT 'fibres of ' || t.utid, (SELECT sum(busy_ns) FROM v_lane l WHERE l.utid = t.utid),
		(SELECT sum(dur_ns) FROM v_slice s WHERE s.utid = t.utid AND phase = 'busy')
		FROM v_thread t
	UNION ALL SELECT 'waits of jobs of ' || t.utid,
		(SELECT sum(offload_ns + notify_ns + requeue_ns) FROM v_lane l
			WHERE l.utid = t.utid),
		(SELECT sum(s.dur_ns) FROM v_slice s JOIN v_job j USING (job_id)
			WHERE j.utid = t.utid AND s.phase <> 'busy') FROM v_thread t
	UNION ALL SELECT 'jobs of ' || t.utid, t.jobs,
		(SELECT count(*) FROM v_job j WHERE j.utid = t.utid) FROM v_thread t
	UNION ALL SELECT 'turns of ' || utid,
		(SELECT sum(turn_ns) FROM v_lane l WHERE l.utid = v.utid), turn_ns FROM v_loop v
	UNION ALL SELECT 'loop waits of ' || utid,
		(SELECT sum(wait_ns) FROM v_lane l WHERE l.utid = v.utid), wait_ns FROM v_loop v
	UNION ALL SELECT 'breakdown', (SELECT
		sum(busy_ns + 2 * offload_ns + 3 * notify_ns + 5 * requeue_ns) FROM v_breakdown),
		(SELECT sum(busy_ns + 2 * offload_ns + 3 * notify_ns + 5 * requeue_ns)
			FROM v_job WHERE dur_ns >= 0)
	UNION ALL SELECT 'jobs of the breakdown', (SELECT sum(jobs) FROM v_breakdown),
		(SELECT count(*) FROM v_job WHERE dur_ns >= 0)
	UNION ALL SELECT 'jobs by pauses', (SELECT sum(jobs * (times + 1)) FROM v_job_group),
		(SELECT sum(min(pauses, 16) + 1) FROM v_job)
	UNION ALL SELECT 'time in the queue', (SELECT round(sum(queued_mean * dur_ns)) FROM v_lod),
		(SELECT sum(queue_ns) FROM v_engine_op)
		WHERE NOT EXISTS (SELECT 1 FROM v_engine_op
			WHERE reason IS NULL AND (queue_ns IS NULL OR ok IS NULL))
	UNION ALL SELECT 'operations by job',
		(SELECT sum(n) FROM v_op_measure WHERE metric = 'service' AND job_op IS NULL),
		(SELECT count(*) FROM v_engine_op WHERE job_id IS NULL AND service_ns >= 0)
	UNION ALL SELECT 'heat of ' || e.column1,
		(SELECT sum(count) FROM v_heat WHERE metric = e.column1),
		(SELECT sum(count) FROM v_op_hist WHERE metric = e.column1 AND reason IS NULL)
		FROM (VALUES ('queue'), ('service')) e
	UNION ALL SELECT 'heat of turns', (SELECT sum(count) FROM v_heat WHERE metric = 'turn'),
		(SELECT sum(turns) FROM v_loop)
	UNION ALL SELECT 'phases of all jobs',
		(SELECT json_array(sum(jobs), sum(total_ns)) FROM v_phase_stats),
		(SELECT json_array(4 * count(*), coalesce(sum(dur_ns), 0)) FROM v_job
			WHERE outcome = 'finished')
	UNION ALL SELECT 'phases of jobs that paused',
		(SELECT json_array(sum(jobs), sum(total_ns)) FROM v_phase_stats_paused),
		(SELECT json_array(4 * count(*), coalesce(sum(dur_ns), 0)) FROM v_job
			WHERE outcome = 'finished' AND pauses > 0)

	-- What the report says.
	UNION ALL SELECT 'jobs',
		(SELECT json_array(jobs, paused, pauses, finished, error, no_jobs, unfinished,
			unknown, spurious_resumes, waits_unseen) FROM r_jobs),
		(SELECT json_array(count(*), count(*) FILTER (WHERE pauses > 0),
			coalesce(sum(pauses), 0),
			count(*) FILTER (WHERE outcome = 'finished'),
			count(*) FILTER (WHERE outcome = 'error'),
			count(*) FILTER (WHERE outcome = 'no_jobs'),
			count(*) FILTER (WHERE outcome = 'unfinished'),
			count(*) FILTER (WHERE outcome = 'unknown'),
			(SELECT count(*) FROM v_wait WHERE evidence & @EVIDENCE_SPURIOUS@),
			(SELECT count(*) FROM v_wait WHERE evidence & @EVIDENCE_MERGED@))
			FROM v_job)
	UNION ALL SELECT 'phases of unfinished jobs',
		(SELECT json_group_array(json_array(phase, jobs))
			FROM (SELECT * FROM r_open ORDER BY phase)),
		(SELECT json_group_array(json_array(open_phase, jobs)) FROM (
			SELECT open_phase, count(*) AS jobs FROM v_job WHERE outcome = 'unfinished'
			GROUP BY 1 ORDER BY 1))
	UNION ALL SELECT 'operations',
		(SELECT json_array(offloaded, failed, queue_p50_ns, queue_p99_ns,
			service_p50_ns, service_p99_ns) FROM r_operations),
		(SELECT json_array(count(*), count(*) FILTER (WHERE ok = 0), p(queue_ns, 0.5),
			p(queue_ns, 0.99), p(iif(service_ns >= 0, service_ns, NULL), 0.5),
			p(iif(service_ns >= 0, service_ns, NULL), 0.99))
			FROM v_engine_op WHERE reason IS NULL)
	UNION ALL SELECT 'operations in place', (SELECT json_array(in_place, in_place_ns)
			FROM r_operations),
		(SELECT json_array(count(*), coalesce(sum(service_ns), 0))
			FROM v_engine_op WHERE reason IS NOT NULL)
	UNION ALL SELECT 'kinds of operations in place',
		(SELECT json_group_array(json_array(reason, crypto, alg, bits, operations,
			total_ns)) FROM r_in_place),
		(SELECT json_group_array(json_array(reason, crypto, alg, bits, n, ns)) FROM (
			SELECT reason, crypto, alg, bits, count(*) AS n, sum(service_ns) AS ns
			FROM v_engine_op WHERE reason IS NOT NULL
			GROUP BY 1, 2, 3, 4 ORDER BY ns DESC))
	UNION ALL SELECT 'wall time',
		(SELECT json_array(jobs, p50_ns, p99_ns, max_ns, total_ns) FROM r_wall),
		(SELECT json_array(count(*), p(dur_ns, 0.5), p(dur_ns, 0.99), max(dur_ns),
			coalesce(sum(dur_ns), 0))
			FROM v_job WHERE outcome = 'finished' AND pauses > 0)
	UNION ALL SELECT 'wall time without a pause',
		(SELECT json_array(jobs, p50_ns, p99_ns, max_ns) FROM r_unpaused),
		(SELECT json_array(count(*), p(dur_ns, 0.5), p(dur_ns, 0.99), max(dur_ns))
			FROM v_job WHERE outcome = 'finished' AND pauses = 0)
	UNION ALL SELECT 'handshakes',
		(SELECT json_array(handshakes, resumed, active_ns, per_second, p50_ns, p99_ns,
			max_ns, incomplete) FROM r_handshakes),
		(SELECT json_array(count(*), count(*) FILTER (WHERE resumed),
			max(end_ns) - min(begin_ns),
			count(*) * 1e9 / nullif(max(end_ns) - min(begin_ns), 0),
			p(ns, 0.5), p(ns, 0.99), max(ns),
			(SELECT count(*) FROM v_conn WHERE handshake_dur_ns = -1))
			FROM (SELECT resumed, handshake_dur_ns AS ns, handshake_ts_ns AS begin_ns,
				handshake_ts_ns + handshake_dur_ns AS end_ns
				FROM v_conn WHERE handshake_dur_ns >= 0))
	UNION ALL SELECT 'kinds of handshakes',
		(SELECT json_group_array(json_array(side, version, cipher, resumed, handshakes,
			p50_ns, p99_ns, max_ns)) FROM r_handshake_kinds),
		(SELECT json_group_array(json_array(side, version_name, cipher_name, resumed, n,
			p50, p99, max))
			FROM (SELECT side, version_name, cipher_name, resumed, count(*) AS n,
				p(handshake_dur_ns, 0.5) AS p50, p(handshake_dur_ns, 0.99) AS p99,
				max(handshake_dur_ns) AS max FROM v_conn WHERE handshake_dur_ns >= 0
				GROUP BY 1, 2, 3, 4 ORDER BY n DESC))
	UNION ALL SELECT 'process ' || upid, json_array(connections, jobs, paused),
		json_array((SELECT count(*) FROM v_conn c WHERE c.upid = r.upid),
			(SELECT count(*) FROM v_job j WHERE j.upid = r.upid),
			(SELECT count(*) FROM v_job j WHERE j.upid = r.upid AND j.pauses > 0))
		FROM r_processes r
)
SELECT name, sums, rows FROM pair WHERE coalesce(sums, 0) <> coalesce(rows, 0);
