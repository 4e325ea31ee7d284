-- SPDX-License-Identifier: Apache-2.0
-- The sections of a report beside its first page, over the filtered views f_*. Values of a
-- section's columns are told by their names: _ns a duration, share a part of the whole.

CREATE TEMP VIEW t0 AS SELECT value AS t0 FROM v_meta WHERE key = 't0_ns';
CREATE TEMP VIEW span AS SELECT t0, (SELECT value FROM v_meta WHERE key = 't1_ns') AS t1 FROM t0;

-- Where the time of jobs that paused and finished went; wall is their whole.
CREATE TEMP VIEW part_phases AS
WITH job AS (SELECT * FROM f_job WHERE outcome = 'finished' AND pauses > 0),
part(rank, phase, ns) AS (
	SELECT 0, 'busy', busy_ns FROM job UNION ALL SELECT 1, 'offload', offload_ns FROM job
	UNION ALL SELECT 2, 'notify', notify_ns FROM job
	UNION ALL SELECT 3, 'requeue', requeue_ns FROM job
	UNION ALL SELECT 4, 'wall', dur_ns FROM job)
SELECT phase, count(*) AS jobs, sum(ns) AS total_ns,
	sum(ns) * 1.0 / (SELECT sum(dur_ns) FROM job) AS share,
	p(ns, 0.5) AS p50_ns, p(ns, 0.9) AS p90_ns, p(ns, 0.99) AS p99_ns,
	p(ns, 0.999) AS "p99.9_ns", p(ns, 0.9999) AS "p99.99_ns", max(ns) AS max_ns
FROM part GROUP BY rank;

-- Jobs by operation and outcome.
CREATE TEMP VIEW part_tally AS
SELECT op, outcome, count(*) AS jobs, count(*) FILTER (WHERE pauses > 0) AS paused,
	sum(pauses) AS pauses, count(*) * 1.0 / sum(count(*)) OVER () AS share,
	sum(nullif(dur_ns, -1)) AS total_ns, p(nullif(dur_ns, -1), 0.5) AS p50_ns,
	p(nullif(dur_ns, -1), 0.99) AS p99_ns, max(nullif(dur_ns, -1)) AS max_ns
FROM f_job GROUP BY op, outcome ORDER BY jobs DESC;

CREATE TEMP VIEW part_top AS
SELECT job_id, conn_id, pid, tid, op, outcome, ts_ns - t0 AS at_ns, nullif(dur_ns, -1) AS wall_ns,
	pauses, busy_ns, offload_ns, notify_ns, requeue_ns
FROM f_job, t0 ORDER BY wall_ns DESC;

-- Connections with the sum of their jobs.
CREATE TEMP VIEW part_conn AS
WITH job AS (SELECT conn_id, count(*) AS jobs, sum(pauses) AS pauses, sum(busy_ns) AS busy_ns,
	sum(offload_ns) AS offload_ns, sum(notify_ns) AS notify_ns, sum(requeue_ns) AS requeue_ns
	FROM f_job WHERE conn_id IS NOT NULL GROUP BY conn_id)
SELECT c.conn_id, c.pid, c.side, c.version_name AS version, c.cipher_name AS cipher, c.resumed,
	c.ts_ns - t0 AS at_ns, nullif(c.handshake_dur_ns, -1) AS handshake_ns,
	nullif(c.dur_ns, -1) AS life_ns, j.jobs, j.pauses, j.busy_ns, j.offload_ns, j.notify_ns,
	j.requeue_ns
FROM f_conn c LEFT JOIN job j USING (conn_id), t0 ORDER BY handshake_ns DESC;

CREATE TEMP VIEW part_threads AS
WITH job AS (SELECT utid, count(*) AS jobs, sum(pauses) AS pauses FROM f_job GROUP BY utid),
busy AS (SELECT utid, sum(dur_ns) AS busy_ns, max(dur_ns) AS longest_ns FROM f_slice
	WHERE phase = 'busy' GROUP BY utid),
op AS (SELECT tid, count(*) FILTER (WHERE reason IS NULL) AS operations, count(reason) AS in_place,
	sum(max(service_ns, 0)) AS service_ns FROM f_engine_op GROUP BY tid)
SELECT t.pid, t.tid, t.thread, t.role, j.jobs, j.pauses, b.busy_ns,
	b.busy_ns * 1.0 / (t1 - t0) AS busy_share, b.longest_ns AS longest_busy_ns, o.operations,
	o.in_place, o.service_ns, o.service_ns * 1.0 / (t1 - t0) AS service_share
FROM v_thread t LEFT JOIN job j USING (utid) LEFT JOIN busy b USING (utid)
	LEFT JOIN op o USING (tid), span
WHERE j.jobs > 0 OR b.busy_ns > 0 OR o.operations > 0 OR o.in_place > 0 ORDER BY t.pid, t.tid;

-- Operations of the built-in engine, and those that were done in place instead.
CREATE TEMP VIEW part_engine AS
SELECT crypto, alg, bits, coalesce(reason, 'offloaded') AS how, count(*) AS operations,
	count(*) FILTER (WHERE ok = 0) AS failed, count(*) FILTER (WHERE service_ns = -1) AS open,
	p(queue_ns, 0.5) AS queue_p50_ns, p(queue_ns, 0.99) AS queue_p99_ns,
	p(nullif(service_ns, -1), 0.5) AS service_p50_ns,
	p(nullif(service_ns, -1), 0.99) AS service_p99_ns,
	max(nullif(service_ns, -1)) AS service_max_ns, sum(max(service_ns, 0)) AS total_ns
FROM f_engine_op GROUP BY 1, 2, 3, 4 ORDER BY total_ns DESC;

-- How long a thread's loop stands still: for a job that runs, and for an operation outside any job.
CREATE TEMP VIEW part_loop AS
WITH stall(utid, tid, what, dur_ns) AS (
	SELECT s.utid, s.tid, 'job runs: ' || (SELECT op FROM v_job j WHERE j.job_id = s.job_id),
		s.dur_ns
		FROM f_slice s WHERE s.phase = 'busy'
	UNION ALL
	SELECT NULL, tid, 'in place: ' || crypto || ' ' || alg || ' ' || bits, service_ns
		FROM f_engine_op
		WHERE reason IS NOT NULL)
SELECT tid, what, count(*) AS stalls, sum(dur_ns) AS total_ns,
	sum(dur_ns) * 1.0 / (SELECT t1 - t0 FROM span) AS time_share,
	p(dur_ns, 0.5) AS p50_ns, p(dur_ns, 0.99) AS p99_ns, max(dur_ns) AS max_ns
FROM stall GROUP BY tid, what ORDER BY total_ns DESC;

-- How many jobs are in flight, in each process: the share of time at each depth.
CREATE TEMP VIEW part_depth AS
WITH edge(pid, ts, step) AS (
	SELECT pid, ts_ns, 1 FROM f_job WHERE pauses > 0
	UNION ALL SELECT pid, iif(dur_ns < 0, t1, ts_ns + dur_ns), -1 FROM f_job, span
		WHERE pauses > 0),
level AS (SELECT pid, ts,
	sum(step) OVER (PARTITION BY pid ORDER BY ts, step ROWS UNBOUNDED PRECEDING) AS depth,
	lead(ts) OVER (PARTITION BY pid ORDER BY ts, step) - ts AS ns FROM edge),
bucket AS (SELECT pid, ns, depth, CASE WHEN depth <= 8 THEN depth WHEN depth < 16 THEN 9
	WHEN depth < 32 THEN 16 WHEN depth < 64 THEN 32 WHEN depth < 128 THEN 64
	WHEN depth < 256 THEN 128 ELSE 256 END AS low FROM level WHERE ns > 0)
SELECT pid, CASE WHEN low <= 8 THEN low || '' WHEN low = 9 THEN '9-15' WHEN low = 256 THEN '256-'
	ELSE low || '-' || (2 * low - 1) END AS in_flight,
	sum(ns) AS time_ns, sum(ns) * 1.0 / sum(sum(ns)) OVER (PARTITION BY pid) AS share,
	sum(sum(ns)) OVER (PARTITION BY pid ORDER BY low) * 1.0
		/ sum(sum(ns)) OVER (PARTITION BY pid) AS up_to_here_share,
	max(depth) AS most
FROM bucket GROUP BY pid, low ORDER BY pid, low;

-- From done to resumed, by what told the loop.
CREATE TEMP VIEW part_notify AS
WITH w AS (SELECT *, coalesce(done_ns, wake_ns, fire_ns) AS known_ns,
	CASE WHEN evidence & @EVIDENCE_READY@ THEN 'fd'
		WHEN evidence & @EVIDENCE_CALLBACK@ THEN 'callback'
		WHEN evidence & @EVIDENCE_TURN@ THEN 'turn of the loop'
		WHEN evidence & @EVIDENCE_SPURIOUS@ THEN 'spurious resume'
		WHEN evidence & @EVIDENCE_MERGED@ THEN 'not seen' ELSE 'nobody' END AS told
	FROM f_wait WHERE resume_ns IS NOT NULL)
SELECT told, count(*) AS waits, count(*) * 1.0 / sum(count(*)) OVER () AS share,
	p(max(resume_ns - max(known_ns, pause_ns), 0), 0.5) AS wake_to_resume_p50_ns,
	p(max(resume_ns - max(known_ns, pause_ns), 0), 0.9) AS p90_ns,
	p(max(resume_ns - max(known_ns, pause_ns), 0), 0.99) AS p99_ns,
	p(max(resume_ns - max(known_ns, pause_ns), 0), 0.999) AS "p99.9_ns",
	max(resume_ns - max(known_ns, pause_ns)) AS max_ns,
	p(resume_ns - ready_ns, 0.5) AS ready_to_resume_p50_ns,
	p(resume_ns - ready_ns, 0.99) AS ready_p99_ns
FROM w GROUP BY told ORDER BY waits DESC;

-- What it would cost to look for results every so often only: the completions of the recording,
-- replayed.
CREATE TEMP VIEW part_poll AS
WITH every(interval_ns) AS (VALUES (10000), (50000), (100000), (500000), (1000000), (5000000),
	(10000000)),
done AS (SELECT coalesce(done_ns, wake_ns, fire_ns) AS ts FROM f_wait
	WHERE coalesce(done_ns, wake_ns, fire_ns) IS NOT NULL)
SELECT interval_ns, count(*) AS completions,
	cast(avg(interval_ns - ts % interval_ns) AS INTEGER) AS mean_delay_ns,
	p(interval_ns - ts % interval_ns, 0.99) AS p99_delay_ns,
	(SELECT (t1 - t0) FROM span) / interval_ns AS polls,
	count(DISTINCT ts / interval_ns) * 1.0
		/ max((SELECT t1 - t0 FROM span) / interval_ns, 1) AS useful_share,
	count(*) * 1.0 / count(DISTINCT ts / interval_ns) AS batch_each
FROM every, done GROUP BY interval_ns;

CREATE TEMP VIEW part_handshakes AS
WITH done AS (SELECT c.*, (SELECT coalesce(sum(pauses), 0) FROM v_job j WHERE j.conn_id = c.conn_id
	AND j.ts_ns <= c.handshake_ts_ns + c.handshake_dur_ns) AS pauses
	FROM f_conn c WHERE handshake_dur_ns >= 0)
SELECT side, version_name AS version, cipher_name AS cipher,
	iif(resumed, 'resumed', 'new') AS session, count(*) AS handshakes,
	count(*) * 1e9 / nullif(max(handshake_ts_ns + handshake_dur_ns) - min(handshake_ts_ns), 0)
		AS per_second,
	avg(pauses) AS pauses_each, p(handshake_dur_ns, 0.5) AS p50_ns,
	p(handshake_dur_ns, 0.9) AS p90_ns, p(handshake_dur_ns, 0.99) AS p99_ns,
	p(handshake_dur_ns, 0.999) AS "p99.9_ns", max(handshake_dur_ns) AS max_ns
FROM done GROUP BY 1, 2, 3, 4 ORDER BY handshakes DESC;

-- Jobs and handshakes over time, in twenty steps.
CREATE TEMP VIEW part_timehist AS
WITH RECURSIVE step(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM step WHERE i < 19),
job AS (SELECT min(19, (ts_ns - t0) * 20 / max(t1 - t0, 1)) AS i, count(*) AS jobs,
	sum(pauses) AS pauses,
	count(*) FILTER (WHERE outcome NOT IN ('finished', 'unfinished', 'unknown')) AS failed,
	p(nullif(dur_ns, -1), 0.5) AS p50_ns, p(nullif(dur_ns, -1), 0.99) AS p99_ns,
	max(nullif(dur_ns, -1)) AS max_ns
	FROM f_job, span GROUP BY 1),
conn AS (SELECT min(19, (handshake_ts_ns + handshake_dur_ns - t0) * 20 / max(t1 - t0, 1)) AS i,
	count(*) AS handshakes
	FROM f_conn, span WHERE handshake_dur_ns >= 0 GROUP BY 1)
SELECT (t1 - t0) * i / 20 AS from_ns, coalesce(handshakes, 0) AS handshakes,
	coalesce(handshakes, 0) * 20e9 / max(t1 - t0, 1) AS per_second, coalesce(jobs, 0) AS jobs,
	coalesce(pauses, 0) AS pauses, coalesce(failed, 0) AS failed, p50_ns, p99_ns, max_ns
FROM step LEFT JOIN job USING (i) LEFT JOIN conn USING (i), span;

CREATE TEMP VIEW part_findings AS
SELECT severity, rule, code, certainty, count, cost_ns, share, pid, tid, fd, jobs, detail
	FROM v_finding;

-- What --fail-if may name, and --slo: one row.
CREATE TEMP VIEW metrics AS
WITH job AS (SELECT count(*) AS jobs, count(*) FILTER (WHERE pauses > 0) AS paused,
	coalesce(sum(pauses), 0) AS pauses,
	count(*) FILTER (WHERE outcome = 'finished') AS finished,
	count(*) FILTER (WHERE outcome = 'error') AS errors,
	count(*) FILTER (WHERE outcome = 'no_jobs') AS no_jobs,
	count(*) FILTER (WHERE outcome = 'unfinished') AS unfinished,
	count(*) FILTER (WHERE outcome = 'unknown') AS unknown
	FROM f_job),
wall AS (SELECT p(dur_ns, 0.5) AS p50, p(dur_ns, 0.9) AS p90, p(dur_ns, 0.95) AS p95,
	p(dur_ns, 0.99) AS p99, p(dur_ns, 0.999) AS p999, p(dur_ns, 0.9999) AS p9999,
	max(dur_ns) AS max, avg(dur_ns) AS mean, p(busy_ns, 0.5) AS busy_p50,
	p(busy_ns, 0.99) AS busy_p99, p(offload_ns, 0.5) AS offload_p50,
	p(offload_ns, 0.99) AS offload_p99, p(notify_ns, 0.5) AS notify_p50,
	p(notify_ns, 0.99) AS notify_p99, p(requeue_ns, 0.5) AS requeue_p50,
	p(requeue_ns, 0.99) AS requeue_p99
	FROM f_job WHERE outcome = 'finished' AND pauses > 0),
hs AS (SELECT count(*) AS handshakes, p(handshake_dur_ns, 0.5) AS handshake_p50,
	p(handshake_dur_ns, 0.99) AS handshake_p99,
	count(*) * 1e9 / nullif(max(handshake_ts_ns + handshake_dur_ns) - min(handshake_ts_ns), 0)
		AS handshake_rate
	FROM f_conn WHERE handshake_dur_ns >= 0)
SELECT job.*, wall.*, hs.*, paused * 1.0 / nullif(jobs, 0) AS paused_share,
	(SELECT count(*) FROM v_finding WHERE severity <> 'note') AS findings,
	(SELECT count(*) FROM v_finding WHERE severity = 'error') AS error_findings,
	(SELECT count(*) FROM f_engine_op WHERE reason IS NOT NULL) AS in_place,
	(SELECT count(*) FROM f_engine_op WHERE ok = 0) AS failed_operations,
	(SELECT coalesce(sum(value), 0) FROM v_meta WHERE key IN ('lost', 'lost_packets')) AS lost
FROM job, wall, hs;
