-- SPDX-License-Identifier: Apache-2.0
-- The critical path of job ?1: each step with what it waited for. The loop is the thread that
-- resumed the job.
WITH me AS (SELECT job_id, utid, ts_ns, dur_ns FROM v_job WHERE job_id = ?1),
step AS (SELECT s.*, (SELECT b.utid FROM v_slice b
	WHERE b.job_id = s.job_id AND b.seq > s.seq AND b.phase = 'busy'
	ORDER BY b.seq LIMIT 1) AS loop FROM v_slice s JOIN me USING (job_id)),
-- Other jobs that ran on the loop's thread during a step.
other AS MATERIALIZED (SELECT step.seq, b.job_id,
	sum(min(b.ts_ns + b.dur_ns, step.ts_ns + step.dur_ns) - max(b.ts_ns, step.ts_ns)) AS ns
	FROM step JOIN v_slice b ON b.utid = coalesce(step.loop, step.utid)
		AND b.phase = 'busy' AND b.job_id <> step.job_id
		AND b.ts_ns < step.ts_ns + step.dur_ns AND b.ts_ns + b.dur_ns > step.ts_ns
	WHERE step.phase IN ('notify', 'requeue') GROUP BY step.seq, b.job_id)
SELECT step.dur_ns AS for_ns,
	step.dur_ns * 1.0 / nullif((SELECT sum(dur_ns) FROM step), 0) AS share, phase,
	CASE phase
	WHEN 'busy' THEN printf('runs on %s/%d', thread, tid)
	WHEN 'offload' THEN coalesce((SELECT
			printf('%s %s %d: %s in the engine''s queue, %s of work', crypto, alg, bits,
				human(queue_ns), human(service_ns))
			FROM v_engine_op e WHERE e.job_id = step.job_id AND reason IS NULL
			AND e.ts_ns <= step.ts_ns + step.dur_ns ORDER BY e.ts_ns DESC LIMIT 1),
		'the engine works; it is not ours')
	ELSE coalesce((SELECT
			printf('the loop ran other jobs: %d, for %s; the longest was job %d, %s',
				count(*), human(sum(ns)), job_id, human(max(ns)))
			FROM other WHERE other.seq = step.seq HAVING count(*) > 0),
		'the loop ran no other job: it waited, or did what is not traced')
	END AS because
FROM step ORDER BY step.seq;
