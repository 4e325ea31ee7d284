-- SPDX-License-Identifier: Apache-2.0
-- What is made when all rows are in: indices, and the tables that sum up. p(x, q) is our quantile.
CREATE INDEX job_ts ON job(ts);
CREATE INDEX job_dur ON job(dur);
CREATE INDEX job_conn ON job(conn_id);
CREATE INDEX engine_op_job ON engine_op(job_id);

INSERT INTO phase_stats
WITH population(paused) AS (VALUES (0), (1)),
aggregate AS (
	SELECT paused, count(*) AS jobs,
		sum(busy_ns) AS busy, p(busy_ns, 0.5) AS busy50, p(busy_ns, 0.99) AS busy99, max(busy_ns) AS busymax,
		sum(offload_ns) AS offload, p(offload_ns, 0.5) AS offload50, p(offload_ns, 0.99) AS offload99,
		max(offload_ns) AS offloadmax,
		sum(notify_ns) AS notify, p(notify_ns, 0.5) AS notify50, p(notify_ns, 0.99) AS notify99,
		max(notify_ns) AS notifymax,
		sum(requeue_ns) AS requeue, p(requeue_ns, 0.5) AS requeue50, p(requeue_ns, 0.99) AS requeue99,
		max(requeue_ns) AS requeuemax
	FROM population
	JOIN job ON job.pauses >= paused AND outcome = 0
	GROUP BY paused
)
SELECT paused, 0, jobs, busy, busy50, busy99, busymax FROM aggregate
UNION ALL SELECT paused, 1, jobs, offload, offload50, offload99, offloadmax FROM aggregate
UNION ALL SELECT paused, 2, jobs, notify, notify50, notify99, notifymax FROM aggregate
UNION ALL SELECT paused, 3, jobs, requeue, requeue50, requeue99, requeuemax FROM aggregate;

-- A population without jobs still has its four rows.
INSERT OR IGNORE INTO phase_stats
SELECT paused, code, 0, 0, 0, 0, 0 FROM enum, (SELECT 0 AS paused UNION SELECT 1) WHERE domain = 'phase';

INSERT INTO meta(key, value) SELECT 'mode', (SELECT name FROM enum WHERE domain = 'mode' AND code =
	(SELECT mode FROM process WHERE mode IS NOT NULL ORDER BY ts LIMIT 1))
	WHERE true ON CONFLICT DO NOTHING;
INSERT INTO meta(key, value) SELECT column1, NULL
	FROM (VALUES ('utc_offset_ns'), ('command'), ('mode'), ('engine'), ('host'), ('incomplete'))
	WHERE true ON CONFLICT DO NOTHING;
