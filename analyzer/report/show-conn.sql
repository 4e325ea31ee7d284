-- SPDX-License-Identifier: Apache-2.0
-- Connection ?1 in order of time: its life, its handshake, its jobs with their phases, findings
-- that name it.
WITH c AS (SELECT * FROM v_conn WHERE conn_id = ?1)
SELECT at_ns, for_ns, what, job_id, busy_ns, offload_ns, notify_ns, requeue_ns FROM (
	SELECT 0 AS at_ns, 0 AS rank, nullif(dur_ns, -1) AS for_ns,
		iif(dur_ns < 0, 'first seen; still open at the end', 'first seen, until freed')
		AS what, NULL AS job_id, NULL AS busy_ns, NULL AS offload_ns, NULL AS notify_ns,
		NULL AS requeue_ns FROM c
	UNION ALL SELECT handshake_ts_ns - ts_ns, 1, nullif(handshake_dur_ns, -1),
		iif(handshake_dur_ns < 0, 'handshake, not completed', 'handshake'), NULL, NULL,
		NULL, NULL, NULL
		FROM c WHERE handshake_ts_ns IS NOT NULL
	UNION ALL SELECT j.ts_ns - c.ts_ns, 2, nullif(j.dur_ns, -1),
		printf('job: %s, %s, %d pauses', j.op, j.outcome, j.pauses),
		j.job_id, j.busy_ns, j.offload_ns, j.notify_ns, j.requeue_ns
		FROM v_job j JOIN c USING (conn_id)
	UNION ALL SELECT e.ts_ns - c.ts_ns, 3, nullif(e.service_ns, -1),
		printf('%s %s %d in place: %s', crypto, alg, bits, reason),
		e.job_id, NULL, NULL, NULL, NULL
		FROM v_engine_op e JOIN c USING (conn_id) WHERE reason IS NOT NULL
	UNION ALL SELECT x.ts_ns - c.ts_ns, 4, NULL,
		printf('%s: %s (%s)', f.severity, f.title, f.rule), x.job_id, NULL, NULL, NULL, NULL
		FROM v_finding_example x JOIN v_finding f USING (finding_id) JOIN c USING (conn_id))
ORDER BY at_ns, rank;
