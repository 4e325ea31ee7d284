-- SPDX-License-Identifier: Apache-2.0
-- What a report says, as temporary views: the text and the JSON report read the same. They read
-- sums instead of rows, so that they answer at once, and from a summary, too, which has no rows.

CREATE TEMP VIEW r_lost AS
SELECT (SELECT value FROM v_meta WHERE key = 'lost') AS events,
	(SELECT value FROM v_meta WHERE key = 'lost_packets') AS packets,
	(SELECT count(*) FROM v_lost) AS stretches,
	(SELECT coalesce(sum(dur_ns), 0) FROM v_lost) AS total_ns;

CREATE TEMP VIEW r_jobs AS
SELECT coalesce(sum(jobs), 0) AS jobs, coalesce(sum(jobs) FILTER (WHERE paused), 0) AS paused,
	coalesce(sum(pauses), 0) AS pauses,
	coalesce(sum(jobs) FILTER (WHERE outcome = 'finished'), 0) AS finished,
	coalesce(sum(jobs) FILTER (WHERE outcome = 'error'), 0) AS error,
	coalesce(sum(jobs) FILTER (WHERE outcome = 'no_jobs'), 0) AS no_jobs,
	coalesce(sum(jobs) FILTER (WHERE outcome = 'unfinished'), 0) AS unfinished,
	coalesce(sum(jobs) FILTER (WHERE outcome = 'unknown'), 0) AS unknown,
	(SELECT count FROM tally WHERE name = 'spurious_resumes') AS spurious_resumes,
	(SELECT count FROM tally WHERE name = 'waits_unseen') AS waits_unseen
FROM v_job_group;

CREATE TEMP VIEW r_open AS
SELECT open_phase AS phase, sum(jobs) AS jobs
FROM v_job_group WHERE outcome = 'unfinished' GROUP BY 1 ORDER BY 2 DESC;

-- Operations that were offloaded, by time in the queue and at work.
CREATE TEMP VIEW hist_operation AS
SELECT m.metric, h.bucket, h.count, m.min_ns, m.max_ns
FROM op_group g
JOIN measure m USING (group_id)
JOIN hist h USING (metric, group_id)
WHERE g.reason IS NULL AND m.metric IN (@METRIC_QUEUE@, @METRIC_SERVICE@);

CREATE TEMP VIEW r_operations AS
WITH queue AS (SELECT * FROM hist_operation WHERE metric = @METRIC_QUEUE@),
service AS (SELECT * FROM hist_operation WHERE metric = @METRIC_SERVICE@)
SELECT coalesce(sum(operations) FILTER (WHERE reason IS NULL), 0) AS offloaded,
	coalesce(sum(operations) FILTER (WHERE reason IS NULL AND ok = 0), 0) AS failed,
	(SELECT pc(bucket, count, min_ns, max_ns, 0.5) FROM queue) AS queue_p50_ns,
	(SELECT pc(bucket, count, min_ns, max_ns, 0.99) FROM queue) AS queue_p99_ns,
	(SELECT pc(bucket, count, min_ns, max_ns, 0.5) FROM service) AS service_p50_ns,
	(SELECT pc(bucket, count, min_ns, max_ns, 0.99) FROM service) AS service_p99_ns,
	coalesce(sum(operations) FILTER (WHERE reason IS NOT NULL), 0) AS in_place,
	(SELECT coalesce(sum(sum_ns), 0) FROM v_op_measure
		WHERE metric = 'service' AND reason IS NOT NULL) AS in_place_ns
FROM op_group;

CREATE TEMP VIEW r_in_place AS
SELECT reason, crypto, alg, bits, sum(n) AS operations, sum(sum_ns) AS total_ns
FROM v_op_measure WHERE metric = 'service' AND reason IS NOT NULL
GROUP BY 1, 2, 3, 4 ORDER BY total_ns DESC;

-- Finished jobs by wall time.
CREATE TEMP VIEW hist_wall AS
SELECT g.paused, h.bucket, h.count, m.min_ns, m.max_ns
FROM job_group g
JOIN measure m ON m.metric = @METRIC_WALL@ AND m.group_id = g.group_id
JOIN hist h ON h.metric = @METRIC_WALL@ AND h.group_id = g.group_id
WHERE g.outcome = @OUTCOME_FINISHED@;

CREATE TEMP VIEW r_wall AS
SELECT coalesce(sum(count), 0) AS jobs, pc(bucket, count, min_ns, max_ns, 0.5) AS p50_ns,
	pc(bucket, count, min_ns, max_ns, 0.99) AS p99_ns, max(max_ns) AS max_ns,
	(SELECT coalesce(sum(sum_ns), 0) FROM v_job_measure
		WHERE metric = 'wall' AND outcome = 'finished' AND paused) AS total_ns
FROM hist_wall WHERE paused;

CREATE TEMP VIEW r_unpaused AS
SELECT coalesce(sum(count), 0) AS jobs, pc(bucket, count, min_ns, max_ns, 0.5) AS p50_ns,
	pc(bucket, count, min_ns, max_ns, 0.99) AS p99_ns, max(max_ns) AS max_ns
FROM hist_wall WHERE NOT paused;

-- Complete handshakes by duration.
CREATE TEMP VIEW hist_handshake AS
SELECT g.side, g.version, g.cipher, g.resumed, h.bucket, h.count, m.min_ns, m.max_ns
FROM conn_group g
JOIN measure m ON m.metric = @METRIC_HANDSHAKE@ AND m.group_id = g.group_id
JOIN hist h ON h.metric = @METRIC_HANDSHAKE@ AND h.group_id = g.group_id;

-- The rate is over the time from the first handshake's begin to the last one's end.
CREATE TEMP VIEW r_handshakes AS
SELECT coalesce(sum(conns), 0) AS handshakes,
	coalesce(sum(conns) FILTER (WHERE resumed), 0) AS resumed,
	max(last_ts) - min(first_ts) AS active_ns,
	sum(conns) * 1e9 / nullif(max(last_ts) - min(first_ts), 0) AS per_second,
	(SELECT pc(bucket, count, min_ns, max_ns, 0.5) FROM hist_handshake) AS p50_ns,
	(SELECT pc(bucket, count, min_ns, max_ns, 0.99) FROM hist_handshake) AS p99_ns,
	(SELECT max(max_ns) FROM hist_handshake) AS max_ns,
	(SELECT coalesce(sum(conns), 0) FROM conn_group
		WHERE state = @HANDSHAKE_BEGUN@) AS incomplete
FROM conn_group WHERE state = @HANDSHAKE_COMPLETE@;

CREATE TEMP VIEW r_handshake_kinds AS
SELECT e.name AS side,
	coalesce(v.name, iif(h.version IS NULL, NULL, printf('0x%04x', h.version))) AS version,
	coalesce(k.name, iif(h.cipher IS NULL, NULL, printf('0x%04x', h.cipher))) AS cipher,
	h.resumed,
	sum(h.count) AS handshakes, pc(h.bucket, h.count, h.min_ns, h.max_ns, 0.5) AS p50_ns,
	pc(h.bucket, h.count, h.min_ns, h.max_ns, 0.99) AS p99_ns, max(h.max_ns) AS max_ns
FROM hist_handshake h
LEFT JOIN enum e ON e.domain = 'side' AND e.code = h.side
LEFT JOIN enum v ON v.domain = 'version' AND v.code = h.version
LEFT JOIN enum k ON k.domain = 'cipher' AND k.code = h.cipher
GROUP BY 1, 2, 3, 4 ORDER BY handshakes DESC;

CREATE TEMP VIEW r_slowest AS
SELECT job_id, conn_id, pid, op, outcome, ts_ns, dur_ns, pauses,
	busy_ns, offload_ns, notify_ns, requeue_ns
FROM v_job WHERE dur_ns >= 0 ORDER BY dur_ns DESC, job_id LIMIT 10;

-- bridge: a process' own loop waits for paused jobs, or the wrapper does, or nothing pauses.
CREATE TEMP VIEW r_processes AS
SELECT n.*, CASE WHEN p.mode <> 'bridge' THEN 'not: ' || p.bridge_rule
		WHEN n.paused > p.waits THEN iif(p.waits, 'waits partly', 'concurrent')
		WHEN p.waits THEN 'waits inside' WHEN p.in_place THEN 'in place' END AS bridge
FROM (
SELECT t.upid, t.pid, t.process AS name, t.mode, count(*) AS threads,
	count(*) FILTER (WHERE t.role = 'engine') AS engine_threads,
	coalesce(c.conns, 0) AS connections, coalesce(c.jobs, 0) AS jobs,
	coalesce(c.paused, 0) AS paused
FROM v_thread t
LEFT JOIN process_count c USING (upid) GROUP BY t.upid) n
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
	'findings', (SELECT json_group_array(json_object('rule', rule, 'code', code,
		'severity', severity, 'certainty', certainty, 'count', count, 'detail', detail,
		'pid', pid, 'jobs', jobs)) FROM v_finding),
	'jobs', (SELECT json_object('jobs', jobs, 'paused', paused, 'pauses', pauses,
		'finished', finished, 'error', error, 'no_jobs', no_jobs, 'unfinished', unfinished,
		'unknown', unknown, 'spurious_resumes', spurious_resumes,
		'waits_unseen', waits_unseen) FROM r_jobs),
	'operations', (SELECT json_object('offloaded', offloaded, 'failed', failed,
		'queue_p50_ns', queue_p50_ns, 'queue_p99_ns', queue_p99_ns,
		'service_p50_ns', service_p50_ns, 'service_p99_ns', service_p99_ns,
		'in_place', in_place, 'in_place_ns', in_place_ns) FROM r_operations),
	'in_place', (SELECT json_group_array(json_object('reason', reason, 'crypto', crypto,
		'alg', alg, 'bits', bits, 'operations', operations, 'total_ns', total_ns))
		FROM r_in_place),
	'phases', (SELECT json_group_array(json_object('phase', phase, 'jobs', jobs,
		'total_ns', total_ns, 'share', share, 'p50_ns', p50_ns, 'p99_ns', p99_ns,
		'max_ns', max_ns))
		FROM v_phase_stats),
	'phases_paused', (SELECT json_group_array(json_object('phase', phase, 'jobs', jobs,
		'total_ns', total_ns, 'share', share, 'p50_ns', p50_ns, 'p99_ns', p99_ns,
		'max_ns', max_ns))
		FROM v_phase_stats_paused),
	'handshakes', (SELECT json_object('handshakes', handshakes, 'resumed', resumed,
		'incomplete', incomplete, 'active_ns', active_ns, 'per_second', per_second,
		'p50_ns', p50_ns, 'p99_ns', p99_ns, 'max_ns', max_ns) FROM r_handshakes),
	'handshake_kinds', (SELECT json_group_array(json_object('side', side, 'version', version,
		'cipher', cipher, 'resumed', resumed, 'handshakes', handshakes, 'p50_ns', p50_ns,
		'p99_ns', p99_ns, 'max_ns', max_ns)) FROM r_handshake_kinds),
	'bridge', (SELECT json_group_object(name, count) FROM r_bridge),
	'slowest', (SELECT json_group_array(json_object('job_id', job_id, 'conn_id', conn_id,
		'pid', pid, 'op', op, 'outcome', outcome, 'ts_ns', ts_ns, 'dur_ns', dur_ns,
		'pauses', pauses, 'busy_ns', busy_ns, 'offload_ns', offload_ns,
		'notify_ns', notify_ns, 'requeue_ns', requeue_ns)) FROM r_slowest),
	'processes', (SELECT json_group_array(json_object('pid', pid, 'name', name, 'mode', mode,
		'threads', threads, 'engine_threads', engine_threads, 'connections', connections,
		'jobs', jobs, 'paused', paused, 'bridge', bridge)) FROM r_processes));
