-- SPDX-License-Identifier: Apache-2.0
-- What a report says, as temporary views over the public ones: the text and the JSON report read the same.

CREATE TEMP VIEW r_lost AS
SELECT (SELECT value FROM v_meta WHERE key = 'lost') AS events,
	(SELECT value FROM v_meta WHERE key = 'lost_packets') AS packets,
	(SELECT count(*) FROM v_lost) AS stretches, (SELECT coalesce(sum(dur_ns), 0) FROM v_lost) AS total_ns;

CREATE TEMP VIEW r_jobs AS
SELECT count(*) AS jobs, count(*) FILTER (WHERE pauses > 0) AS paused, coalesce(sum(pauses), 0) AS pauses,
	count(*) FILTER (WHERE outcome = 'finished') AS finished, count(*) FILTER (WHERE outcome = 'error') AS error,
	count(*) FILTER (WHERE outcome = 'no_jobs') AS no_jobs,
	count(*) FILTER (WHERE outcome = 'unfinished') AS unfinished,
	count(*) FILTER (WHERE outcome = 'unknown') AS unknown,
	(SELECT count(*) FROM v_wait WHERE evidence & 128) AS spurious_resumes,
	(SELECT count(*) FROM v_wait WHERE evidence & 64) AS waits_unseen
FROM v_job;

CREATE TEMP VIEW r_operations AS
SELECT count(*) FILTER (WHERE reason IS NULL) AS offloaded,
	count(*) FILTER (WHERE reason IS NULL AND ok = 0) AS failed,
	p(queue_ns, 0.5) AS queue_p50_ns, p(queue_ns, 0.99) AS queue_p99_ns,
	p(CASE WHEN reason IS NULL AND service_ns >= 0 THEN service_ns END, 0.5) AS service_p50_ns,
	p(CASE WHEN reason IS NULL AND service_ns >= 0 THEN service_ns END, 0.99) AS service_p99_ns,
	count(reason) AS in_place,
	coalesce(sum(service_ns) FILTER (WHERE reason IS NOT NULL), 0) AS in_place_ns
FROM v_engine_op;

CREATE TEMP VIEW r_in_place AS
SELECT reason, crypto, alg, bits, count(*) AS operations, sum(service_ns) AS total_ns
FROM v_engine_op WHERE reason IS NOT NULL GROUP BY 1, 2, 3, 4 ORDER BY total_ns DESC;

CREATE TEMP VIEW r_wall AS
SELECT count(*) AS jobs, p(dur_ns, 0.5) AS p50_ns, p(dur_ns, 0.99) AS p99_ns, max(dur_ns) AS max_ns,
	coalesce(sum(dur_ns), 0) AS total_ns
FROM v_job WHERE outcome = 'finished' AND pauses > 0;

CREATE TEMP VIEW r_unpaused AS
SELECT count(*) AS jobs, p(dur_ns, 0.5) AS p50_ns, p(dur_ns, 0.99) AS p99_ns, max(dur_ns) AS max_ns,
	coalesce(sum(dur_ns), 0) AS total_ns
FROM v_job WHERE outcome = 'finished' AND pauses = 0;

CREATE TEMP VIEW r_open AS
SELECT open_phase AS phase, count(*) AS jobs FROM v_job WHERE outcome = 'unfinished' GROUP BY 1 ORDER BY 2 DESC;

-- The rate is over the time from the first handshake's begin to the last one's end.
CREATE TEMP VIEW r_handshakes AS
SELECT count(*) AS handshakes, count(*) FILTER (WHERE resumed) AS resumed,
	max(handshake_ts_ns + handshake_dur_ns) - min(handshake_ts_ns) AS active_ns,
	count(*) * 1e9 / nullif(max(handshake_ts_ns + handshake_dur_ns) - min(handshake_ts_ns), 0) AS per_second,
	p(handshake_dur_ns, 0.5) AS p50_ns, p(handshake_dur_ns, 0.99) AS p99_ns, max(handshake_dur_ns) AS max_ns,
	(SELECT count(*) FROM v_conn WHERE handshake_dur_ns = -1) AS incomplete
FROM v_conn WHERE handshake_dur_ns >= 0;

CREATE TEMP VIEW r_handshake_kinds AS
SELECT side, version_name AS version, cipher_name AS cipher, resumed, count(*) AS handshakes,
	p(handshake_dur_ns, 0.5) AS p50_ns, p(handshake_dur_ns, 0.99) AS p99_ns, max(handshake_dur_ns) AS max_ns
FROM v_conn WHERE handshake_dur_ns >= 0 GROUP BY 1, 2, 3, 4 ORDER BY handshakes DESC;

CREATE TEMP VIEW r_slowest AS
SELECT job_id, conn_id, pid, op, outcome, ts_ns, dur_ns, pauses, busy_ns, offload_ns, notify_ns, requeue_ns
FROM v_job WHERE dur_ns >= 0 ORDER BY dur_ns DESC, job_id LIMIT 10;

-- What the bridge makes of a process: its own loop waits for paused jobs, or the wrapper does, or nothing pauses.
CREATE TEMP VIEW r_processes AS
SELECT n.*, CASE WHEN p.mode <> 'bridge' THEN NULL WHEN n.paused > p.waits THEN iif(p.waits, 'waits partly', 'concurrent')
		WHEN p.waits THEN 'waits inside' WHEN p.in_place THEN 'in place' END AS bridge
FROM (
SELECT t.upid, t.pid, t.process AS name, t.mode, count(*) AS threads,
	count(*) FILTER (WHERE t.role = 'engine') AS engine_threads,
	(SELECT count(*) FROM v_conn c WHERE c.upid = t.upid) AS connections,
	(SELECT count(*) FROM v_job j WHERE j.upid = t.upid) AS jobs,
	(SELECT count(*) FROM v_job j WHERE j.upid = t.upid AND j.pauses > 0) AS paused
FROM v_thread t GROUP BY t.upid) n
JOIN v_process p USING (upid) ORDER BY jobs DESC, n.pid;

CREATE TEMP VIEW r_bridge AS
SELECT name, count FROM v_event_count WHERE name GLOB 'bridge_*' AND count > 0;

CREATE TEMP VIEW r_json AS
SELECT json_object(
	'schema_version', 1,
	'recording', (SELECT json_group_object(key, value) FROM v_meta),
	'lost', (SELECT json_object('events', events, 'packets', packets, 'stretches', stretches,
		'total_ns', total_ns) FROM r_lost),
	'offloaded', json((SELECT CASE WHEN pauses > 0 THEN 'true' ELSE 'false' END FROM r_jobs)),
	'findings', (SELECT json_group_array(json_object('rule', rule, 'code', code, 'severity', severity,
		'certainty', certainty, 'count', count, 'detail', detail, 'pid', pid, 'jobs', jobs)) FROM v_finding),
	'jobs', (SELECT json_object('jobs', jobs, 'paused', paused, 'pauses', pauses, 'finished', finished,
		'error', error, 'no_jobs', no_jobs, 'unfinished', unfinished, 'unknown', unknown,
		'spurious_resumes', spurious_resumes, 'waits_unseen', waits_unseen) FROM r_jobs),
	'operations', (SELECT json_object('offloaded', offloaded, 'failed', failed,
		'queue_p50_ns', queue_p50_ns, 'queue_p99_ns', queue_p99_ns,
		'service_p50_ns', service_p50_ns, 'service_p99_ns', service_p99_ns,
		'in_place', in_place, 'in_place_ns', in_place_ns) FROM r_operations),
	'in_place', (SELECT json_group_array(json_object('reason', reason, 'crypto', crypto, 'alg', alg,
		'bits', bits, 'operations', operations, 'total_ns', total_ns)) FROM r_in_place),
	'phases', (SELECT json_group_array(json_object('phase', phase, 'jobs', jobs, 'total_ns', total_ns,
		'share', share, 'p50_ns', p50_ns, 'p99_ns', p99_ns, 'max_ns', max_ns)) FROM v_phase_stats),
	'phases_paused', (SELECT json_group_array(json_object('phase', phase, 'jobs', jobs, 'total_ns', total_ns,
		'share', share, 'p50_ns', p50_ns, 'p99_ns', p99_ns, 'max_ns', max_ns)) FROM v_phase_stats_paused),
	'handshakes', (SELECT json_object('handshakes', handshakes, 'resumed', resumed, 'incomplete', incomplete,
		'active_ns', active_ns, 'per_second', per_second, 'p50_ns', p50_ns, 'p99_ns', p99_ns,
		'max_ns', max_ns) FROM r_handshakes),
	'handshake_kinds', (SELECT json_group_array(json_object('side', side, 'version', version,
		'cipher', cipher, 'resumed', resumed, 'handshakes', handshakes, 'p50_ns', p50_ns,
		'p99_ns', p99_ns, 'max_ns', max_ns)) FROM r_handshake_kinds),
	'bridge', (SELECT json_group_object(name, count) FROM r_bridge),
	'slowest', (SELECT json_group_array(json_object('job_id', job_id, 'conn_id', conn_id, 'pid', pid,
		'op', op, 'outcome', outcome, 'ts_ns', ts_ns, 'dur_ns', dur_ns, 'pauses', pauses,
		'busy_ns', busy_ns, 'offload_ns', offload_ns, 'notify_ns', notify_ns,
		'requeue_ns', requeue_ns)) FROM r_slowest),
	'processes', (SELECT json_group_array(json_object('pid', pid, 'name', name, 'mode', mode,
		'threads', threads, 'engine_threads', engine_threads, 'connections', connections,
		'jobs', jobs, 'paused', paused, 'bridge', bridge)) FROM r_processes));
