-- SPDX-License-Identifier: Apache-2.0
-- Sums that are not those of the rows: nothing, if all is well.
WITH pair(name, sums, rows) AS (
	SELECT 'fibres of ' || t.utid, (SELECT sum(busy_ns) FROM v_lane l WHERE l.utid = t.utid),
		(SELECT sum(dur_ns) FROM v_slice s WHERE s.utid = t.utid AND phase = 'busy') FROM v_thread t
	UNION ALL SELECT 'waits of jobs of ' || t.utid,
		(SELECT sum(offload_ns + notify_ns + requeue_ns) FROM v_lane l WHERE l.utid = t.utid),
		(SELECT sum(s.dur_ns) FROM v_slice s JOIN v_job j USING (job_id) WHERE j.utid = t.utid AND s.phase <> 'busy')
		FROM v_thread t
	UNION ALL SELECT 'jobs of ' || t.utid, t.jobs, (SELECT count(*) FROM v_job j WHERE j.utid = t.utid) FROM v_thread t
	UNION ALL SELECT 'turns of ' || utid, (SELECT sum(turn_ns) FROM v_lane l WHERE l.utid = v.utid), turn_ns FROM v_loop v
	UNION ALL SELECT 'loop waits of ' || utid, (SELECT sum(wait_ns) FROM v_lane l WHERE l.utid = v.utid), wait_ns
		FROM v_loop v
	UNION ALL SELECT 'breakdown', (SELECT sum(busy_ns + 2 * offload_ns + 3 * notify_ns + 5 * requeue_ns) FROM v_breakdown),
		(SELECT sum(busy_ns + 2 * offload_ns + 3 * notify_ns + 5 * requeue_ns) FROM v_job WHERE dur_ns >= 0)
	UNION ALL SELECT 'jobs of the breakdown', (SELECT sum(jobs) FROM v_breakdown),
		(SELECT count(*) FROM v_job WHERE dur_ns >= 0)
	UNION ALL SELECT 'jobs by pauses', (SELECT sum(jobs * (times + 1)) FROM v_job_group),
		(SELECT sum(min(pauses, 16) + 1) FROM v_job)
	UNION ALL SELECT 'time in the queue', (SELECT round(sum(queued_mean * dur_ns)) FROM v_lod),
		(SELECT sum(queue_ns) FROM v_engine_op)
		WHERE NOT EXISTS (SELECT 1 FROM v_engine_op WHERE reason IS NULL AND (queue_ns IS NULL OR ok IS NULL))
	UNION ALL SELECT 'operations by job', (SELECT sum(n) FROM v_op_measure WHERE metric = 'service' AND job_op IS NULL),
		(SELECT count(*) FROM v_engine_op WHERE job_id IS NULL AND service_ns >= 0)
	UNION ALL SELECT 'heat of ' || e.column1, (SELECT sum(count) FROM v_heat WHERE metric = e.column1),
		(SELECT sum(count) FROM v_op_hist WHERE metric = e.column1 AND reason IS NULL)
		FROM (VALUES ('queue'), ('service')) e
	UNION ALL SELECT 'heat of turns', (SELECT sum(count) FROM v_heat WHERE metric = 'turn'), (SELECT sum(turns) FROM v_loop)
)
SELECT name, sums, rows FROM pair WHERE coalesce(sums, 0) <> coalesce(rows, 0);
