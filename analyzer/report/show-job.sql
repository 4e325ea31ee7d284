-- SPDX-License-Identifier: Apache-2.0
-- All that is known of job ?1, in order of time: slices (dur is not NULL) and marks between them.
WITH id(id) AS (VALUES (?1)),
mark(ts, rank, text, letter, tid) AS (
	SELECT ts_ns, 0, printf('%s %s %d queued for the engine', crypto, alg, bits), 's', NULL
		FROM v_engine_op, id WHERE job_id = id AND reason IS NULL
	UNION ALL
	SELECT ts_ns + queue_ns, 0, 'engine began, after ' || human(queue_ns) || ' in the queue',
		'b', tid
		FROM v_engine_op, id WHERE job_id = id AND queue_ns IS NOT NULL
	UNION ALL
	SELECT ts_ns + queue_ns + service_ns, 0, 'engine done, after ' || human(service_ns)
		|| ' of work'
		|| CASE ok WHEN 0 THEN '; the operation FAILED' ELSE '' END, 'd', tid
		FROM v_engine_op, id WHERE job_id = id AND queue_ns IS NOT NULL AND service_ns >= 0
	UNION ALL
	SELECT ts_ns + service_ns, 0,
		printf('%s %s %d done in place, %s: %s', crypto, alg, bits, human(service_ns),
			reason),
		'i', tid
		FROM v_engine_op, id WHERE job_id = id AND reason IS NOT NULL
	UNION ALL
	SELECT wake_ns, 1, 'wait fd written (wake)', 'w', waker_tid FROM v_wait, id
		WHERE job_id = id
	UNION ALL
	SELECT fire_ns, 1, 'callback called', 'c', NULL FROM v_wait, id WHERE job_id = id
	UNION ALL
	SELECT ready_ns, 2, 'wait fd reported ready to the loop', 'r', NULL FROM v_wait, id
		WHERE job_id = id
	UNION ALL
	SELECT pause_ns, 3, 'paused', 'p', NULL FROM v_wait, id WHERE job_id = id
	UNION ALL
	SELECT resume_ns, 3, 'resumed'
		|| iif(evidence & @EVIDENCE_SPURIOUS@, ' although not done (spurious)', ''),
		'^', NULL FROM v_wait, id WHERE job_id = id
)
SELECT ts_ns AS ts, 4 AS rank, dur_ns AS dur, phase AS text, NULL AS letter, tid, thread
	FROM v_slice, id WHERE job_id = id
UNION ALL
SELECT m.ts, m.rank, NULL, m.text, m.letter, m.tid,
	(SELECT thread FROM v_thread t WHERE t.tid = m.tid LIMIT 1)
	FROM mark m WHERE m.ts IS NOT NULL
ORDER BY ts, rank;
