-- SPDX-License-Identifier: Apache-2.0
-- What ran on the threads of job ?1 while it was paused, longest first.
WITH me AS (SELECT job_id, ts_ns, ts_ns + busy_ns + offload_ns + notify_ns + requeue_ns AS end_ns
	FROM v_job WHERE job_id = ?1),
gap AS (SELECT min(ts_ns) AS ts, max(ts_ns + dur_ns) AS end_ts FROM v_slice WHERE job_id = ?1
	AND phase <> 'busy'),
home AS (SELECT DISTINCT utid FROM v_slice WHERE job_id = ?1 AND phase = 'busy')
SELECT b.job_id, j.conn_id, j.op, b.tid, count(*) AS turns,
	sum(min(b.ts_ns + b.dur_ns, end_ts) - max(b.ts_ns, ts)) AS ran_ns,
	sum(min(b.ts_ns + b.dur_ns, end_ts) - max(b.ts_ns, ts)) * 1.0 / (end_ts - ts) AS share
FROM v_slice b JOIN v_job j USING (job_id), gap
WHERE b.utid IN home AND b.phase = 'busy' AND b.job_id <> ?1 AND b.ts_ns < end_ts
	AND b.ts_ns + b.dur_ns > ts
GROUP BY b.job_id ORDER BY ran_ns DESC LIMIT 5;
