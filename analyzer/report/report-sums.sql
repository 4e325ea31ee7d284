-- SPDX-License-Identifier: Apache-2.0
-- The views of report.sql over the sums instead of the rows: the same figures, at once, and from a summary too.

DROP VIEW temp.r_jobs;
CREATE TEMP VIEW r_jobs AS
SELECT coalesce(sum(jobs), 0) AS jobs, coalesce(sum(jobs) FILTER (WHERE paused), 0) AS paused,
	coalesce(sum(pauses), 0) AS pauses,
	coalesce(sum(jobs) FILTER (WHERE outcome = 0), 0) AS finished,
	coalesce(sum(jobs) FILTER (WHERE outcome = 1), 0) AS error,
	coalesce(sum(jobs) FILTER (WHERE outcome = 2), 0) AS no_jobs,
	coalesce(sum(jobs) FILTER (WHERE outcome = 3), 0) AS unfinished,
	coalesce(sum(jobs) FILTER (WHERE outcome = 4), 0) AS unknown,
	(SELECT count FROM tally WHERE name = 'spurious_resumes') AS spurious_resumes,
	(SELECT count FROM tally WHERE name = 'waits_unseen') AS waits_unseen
FROM job_group;

CREATE TEMP VIEW s_job AS
SELECT paused, metric, coalesce(sum(n), 0) AS n, coalesce(sum(sum_ns), 0) AS sum_ns, max(max_ns) AS max_ns,
	(SELECT pc(h.bucket, h.count, m2.min_ns, m2.max_ns, 0.5) FROM job_group g2
		JOIN measure m2 ON m2.metric = p.metric AND m2.group_id = g2.group_id
		JOIN hist h ON h.metric = p.metric AND h.group_id = g2.group_id
		WHERE g2.outcome = 0 AND g2.paused = p.paused) AS p50_ns,
	(SELECT pc(h.bucket, h.count, m2.min_ns, m2.max_ns, 0.99) FROM job_group g2
		JOIN measure m2 ON m2.metric = p.metric AND m2.group_id = g2.group_id
		JOIN hist h ON h.metric = p.metric AND h.group_id = g2.group_id
		WHERE g2.outcome = 0 AND g2.paused = p.paused) AS p99_ns
FROM (SELECT 0 AS paused, 0 AS metric UNION ALL SELECT 1, 0) p
LEFT JOIN (SELECT g.paused, m.n, m.sum_ns, m.max_ns FROM job_group g JOIN measure m USING (group_id)
	WHERE g.outcome = 0 AND m.metric = 0) USING (paused)
GROUP BY paused;

DROP VIEW temp.r_wall;
CREATE TEMP VIEW r_wall AS
SELECT n AS jobs, p50_ns, p99_ns, max_ns, sum_ns AS total_ns FROM s_job WHERE paused = 1;

DROP VIEW temp.r_unpaused;
CREATE TEMP VIEW r_unpaused AS
SELECT n AS jobs, p50_ns, p99_ns, max_ns, sum_ns AS total_ns FROM s_job WHERE paused = 0;

DROP VIEW temp.r_open;
CREATE TEMP VIEW r_open AS
SELECT e.name AS phase, sum(g.jobs) AS jobs
FROM job_group g
LEFT JOIN enum e ON e.domain = 'phase' AND e.code = g.open_phase
WHERE g.outcome = 3 GROUP BY 1 ORDER BY 2 DESC;

CREATE TEMP VIEW s_op AS
SELECT m.metric, h.bucket, h.count, m.min_ns, m.max_ns
FROM op_group g
JOIN measure m USING (group_id)
JOIN hist h USING (metric, group_id)
WHERE g.reason IS NULL AND m.metric IN (5, 6);

DROP VIEW temp.r_operations;
CREATE TEMP VIEW r_operations AS
SELECT coalesce(sum(operations) FILTER (WHERE reason IS NULL), 0) AS offloaded,
	coalesce(sum(operations) FILTER (WHERE reason IS NULL AND ok = 0), 0) AS failed,
	(SELECT pc(bucket, count, min_ns, max_ns, 0.5) FROM s_op WHERE metric = 5) AS queue_p50_ns,
	(SELECT pc(bucket, count, min_ns, max_ns, 0.99) FROM s_op WHERE metric = 5) AS queue_p99_ns,
	(SELECT pc(bucket, count, min_ns, max_ns, 0.5) FROM s_op WHERE metric = 6) AS service_p50_ns,
	(SELECT pc(bucket, count, min_ns, max_ns, 0.99) FROM s_op WHERE metric = 6) AS service_p99_ns,
	coalesce(sum(operations) FILTER (WHERE reason IS NOT NULL), 0) AS in_place,
	(SELECT coalesce(sum(m.sum_ns), 0) FROM op_group i JOIN measure m USING (group_id)
		WHERE m.metric = 6 AND i.reason IS NOT NULL) AS in_place_ns
FROM op_group;

DROP VIEW temp.r_in_place;
CREATE TEMP VIEW r_in_place AS
SELECT r.name AS reason, c.name AS crypto, a.name AS alg, g.bits, sum(g.operations) AS operations,
	sum(m.sum_ns) AS total_ns
FROM op_group g
JOIN measure m ON m.group_id = g.group_id AND m.metric = 6
LEFT JOIN enum r ON r.domain = 'reason' AND r.code = g.reason
LEFT JOIN enum c ON c.domain = 'crypto' AND c.code = g.crypto
LEFT JOIN enum a ON a.domain = 'alg' AND a.code = g.alg
WHERE g.reason IS NOT NULL GROUP BY 1, 2, 3, 4 ORDER BY total_ns DESC;

CREATE TEMP VIEW s_conn AS
SELECT g.group_id, g.side, g.version, g.cipher, g.resumed, h.bucket, h.count, m.min_ns, m.max_ns
FROM conn_group g
JOIN measure m ON m.group_id = g.group_id AND m.metric = 7
JOIN hist h ON h.group_id = g.group_id AND h.metric = 7;

DROP VIEW temp.r_handshakes;
CREATE TEMP VIEW r_handshakes AS
SELECT coalesce(sum(conns), 0) AS handshakes, coalesce(sum(conns) FILTER (WHERE resumed), 0) AS resumed,
	max(last_ts) - min(first_ts) AS active_ns,
	sum(conns) * 1e9 / nullif(max(last_ts) - min(first_ts), 0) AS per_second,
	(SELECT pc(bucket, count, min_ns, max_ns, 0.5) FROM s_conn) AS p50_ns,
	(SELECT pc(bucket, count, min_ns, max_ns, 0.99) FROM s_conn) AS p99_ns,
	(SELECT max(max_ns) FROM measure WHERE metric = 7) AS max_ns,
	(SELECT coalesce(sum(conns), 0) FROM conn_group WHERE state = 1) AS incomplete
FROM conn_group WHERE state = 2;

DROP VIEW temp.r_handshake_kinds;
CREATE TEMP VIEW r_handshake_kinds AS
SELECT e.name AS side, coalesce(v.name, iif(s.version IS NULL, NULL, printf('0x%04x', s.version))) AS version,
	coalesce(k.name, iif(s.cipher IS NULL, NULL, printf('0x%04x', s.cipher))) AS cipher, s.resumed,
	sum(s.count) AS handshakes, pc(s.bucket, s.count, s.min_ns, s.max_ns, 0.5) AS p50_ns,
	pc(s.bucket, s.count, s.min_ns, s.max_ns, 0.99) AS p99_ns, max(s.max_ns) AS max_ns
FROM s_conn s
LEFT JOIN enum e ON e.domain = 'side' AND e.code = s.side
LEFT JOIN enum v ON v.domain = 'version' AND v.code = s.version
LEFT JOIN enum k ON k.domain = 'cipher' AND k.code = s.cipher
GROUP BY 1, 2, 3, 4 ORDER BY handshakes DESC;

DROP VIEW temp.r_processes;
CREATE TEMP VIEW r_processes AS
SELECT n.*, CASE WHEN p.mode <> 'bridge' THEN NULL WHEN n.paused > p.waits THEN iif(p.waits, 'waits partly', 'concurrent')
		WHEN p.waits THEN 'waits inside' WHEN p.in_place THEN 'in place' END AS bridge
FROM (
SELECT t.upid, t.pid, t.process AS name, t.mode, count(*) AS threads,
	count(*) FILTER (WHERE t.role = 'engine') AS engine_threads,
	coalesce(c.conns, 0) AS connections, coalesce(c.jobs, 0) AS jobs, coalesce(c.paused, 0) AS paused
FROM v_thread t
LEFT JOIN process_count c USING (upid) GROUP BY t.upid) n
JOIN v_process p USING (upid) ORDER BY jobs DESC, n.pid;
