-- SPDX-License-Identifier: Apache-2.0
-- What is made when all rows are in: the tables that sum up. pc() is our quantile.
INSERT INTO phase_stats(paused, phase, jobs, total_ns, p50_ns, p99_ns, max_ns)
WITH population(paused) AS (VALUES (0), (1)),
part(phase, metric) AS (
	SELECT p.code, m.code FROM enum p JOIN enum m USING (name)
	WHERE p.domain = 'phase' AND m.domain = 'metric'
),
member AS (
	SELECT p.paused, phase, m.metric, m.group_id, m.n, m.sum_ns, m.min_ns, m.max_ns
	FROM population p
	JOIN job_group g ON g.paused >= p.paused AND g.outcome = @OUTCOME_FINISHED@
	JOIN measure m USING (group_id)
	JOIN part USING (metric)
),
quantile AS (
	SELECT m.paused, m.metric, pc(h.bucket, h.count, m.min_ns, m.max_ns, 0.5) AS p50,
		pc(h.bucket, h.count, m.min_ns, m.max_ns, 0.99) AS p99
	FROM member m
	JOIN hist h USING (metric, group_id)
	GROUP BY m.paused, m.metric
)
SELECT m.paused, m.phase, sum(m.n), sum(m.sum_ns), q.p50, q.p99, max(m.max_ns)
FROM member m
JOIN quantile q USING (paused, metric)
GROUP BY m.paused, m.phase;

-- A population without jobs still has its four rows.
INSERT OR IGNORE INTO phase_stats(paused, phase, jobs, total_ns, p50_ns, p99_ns, max_ns)
SELECT paused, code, 0, 0, 0, 0, 0 FROM enum, (SELECT 0 AS paused UNION SELECT 1)
	WHERE domain = 'phase';

INSERT INTO meta(key, value) SELECT 'mode', (SELECT name FROM enum WHERE domain = 'mode' AND code =
	(SELECT mode FROM process WHERE mode IS NOT NULL ORDER BY ts LIMIT 1))
	WHERE true ON CONFLICT DO NOTHING;
INSERT INTO meta(key, value) SELECT column1, NULL
	FROM (VALUES ('utc_offset_ns'), ('command'), ('mode'), ('engine'), ('host'), ('incomplete'))
	WHERE true ON CONFLICT DO NOTHING;
