-- SPDX-License-Identifier: Apache-2.0
-- Rows of JSON texts for exports: one row an event or a span. Times of chrome's are us.

CREATE TEMP VIEW x_chrome AS
SELECT 0 AS ts, json_object('ph', 'M', 'name', 'thread_name', 'pid', pid, 'tid', tid,
	'args', json_object('name', coalesce(thread, ''))) AS event FROM v_thread
UNION ALL SELECT 0, json_object('ph', 'M', 'name', 'process_name', 'pid', pid,
	'args', json_object('name', coalesce(process, '')))
	FROM (SELECT DISTINCT pid, process FROM v_thread)
-- Jobs and their phases are asynchronous events with the job's id; what runs on a thread is a
-- complete event.
UNION ALL SELECT ts_ns, json_object('ph', 'b', 'cat', 'job', 'id', job_id,
	'name', op || ' job ' || job_id, 'pid', pid, 'tid', tid, 'ts', ts_ns / 1e3,
	'args', json_object('conn_id', conn_id, 'outcome', outcome, 'pauses', pauses)) FROM f_job
UNION ALL SELECT ts_ns + busy_ns + offload_ns + notify_ns + requeue_ns,
	json_object('ph', 'e', 'cat', 'job', 'id', job_id,
	'name', op || ' job ' || job_id, 'pid', pid, 'tid', tid,
	'ts', (ts_ns + busy_ns + offload_ns + notify_ns + requeue_ns) / 1e3) FROM f_job
UNION ALL SELECT s.ts_ns, json_object('ph', 'b', 'cat', 'job', 'id', s.job_id, 'name', phase,
	'pid', j.pid, 'tid', j.tid, 'ts', s.ts_ns / 1e3) FROM f_slice s JOIN f_job j USING (job_id)
UNION ALL SELECT s.ts_ns + s.dur_ns, json_object('ph', 'e', 'cat', 'job', 'id', s.job_id,
	'name', phase, 'pid', j.pid, 'tid', j.tid, 'ts', (s.ts_ns + s.dur_ns) / 1e3)
	FROM f_slice s JOIN f_job j USING (job_id)
UNION ALL SELECT s.ts_ns, json_object('ph', 'X', 'cat', 'busy',
	'name', j.op || ' job ' || s.job_id, 'pid', j.pid, 'tid', s.tid, 'ts', s.ts_ns / 1e3,
	'dur', s.dur_ns / 1e3, 'args', json_object('job_id', s.job_id))
	FROM f_slice s JOIN f_job j USING (job_id) WHERE s.phase = 'busy'
UNION ALL SELECT e.ts_ns + queue_ns, json_object('ph', 'X', 'cat', 'engine',
	'name', crypto || ' ' || alg || ' ' || bits, 'pid', t.pid, 'tid', t.tid,
	'ts', (e.ts_ns + queue_ns) / 1e3, 'dur', service_ns / 1e3,
	'args', json_object('job_id', job_id)) FROM f_engine_op e JOIN v_thread t USING (utid)
	WHERE reason IS NULL AND service_ns >= 0
-- A flow from the wake to the resume.
UNION ALL SELECT wake_ns, json_object('ph', 's', 'cat', 'wake', 'name', 'wake',
	'id', w.job_id * 65536 + w.seq, 'pid', t.pid, 'tid', t.tid, 'ts', wake_ns / 1e3)
	FROM f_wait w JOIN v_thread t ON t.utid = w.waker_utid
	WHERE wake_ns IS NOT NULL AND resume_ns >= wake_ns
UNION ALL SELECT resume_ns, json_object('ph', 'f', 'bp', 'e', 'cat', 'wake', 'name', 'wake',
	'id', w.job_id * 65536 + w.seq, 'pid', j.pid, 'tid', j.tid, 'ts', resume_ns / 1e3)
	FROM f_wait w JOIN f_job j USING (job_id)
	WHERE waker_utid IS NOT NULL AND wake_ns IS NOT NULL AND resume_ns >= wake_ns
ORDER BY 1;

CREATE TEMP VIEW x_utc AS
SELECT coalesce((SELECT value FROM v_meta WHERE key = 'utc_offset_ns'), 0) AS utc;

-- Ids are those of the recording, so that exporting twice names the same spans.
CREATE TEMP VIEW x_otlp AS
SELECT job_id, json_object('traceId', printf('%016x%016x', pid, coalesce(conn_id, -job_id)),
	'spanId', printf('%016x', job_id << 8), 'name', op, 'kind', 1,
	'startTimeUnixNano', '' || (ts_ns + utc),
	'endTimeUnixNano', '' || (ts_ns + utc + max(dur_ns, 0)),
	'attributes', json_array(
		json_object('key', 'asynctls.job_id',
			'value', json_object('intValue', '' || job_id)),
		json_object('key', 'asynctls.conn_id',
			'value', json_object('intValue', '' || coalesce(conn_id, 0))),
		json_object('key', 'asynctls.pauses',
			'value', json_object('intValue', '' || pauses)),
		json_object('key', 'asynctls.outcome',
			'value', json_object('stringValue', outcome)),
		json_object('key', 'process.pid', 'value', json_object('intValue', '' || pid)),
		json_object('key', 'thread.id', 'value', json_object('intValue', '' || tid)),
		json_object('key', 'thread.name',
			'value', json_object('stringValue', coalesce(thread, '')))),
	'status', json_object('code', CASE outcome WHEN 'finished' THEN 1 WHEN 'unfinished' THEN 0
		WHEN 'unknown' THEN 0 ELSE 2 END)) AS span FROM f_job, x_utc WHERE dur_ns >= 0
UNION ALL SELECT s.job_id,
	json_object('traceId', printf('%016x%016x', j.pid, coalesce(j.conn_id, -j.job_id)),
	'spanId', printf('%016x', (s.job_id << 8) + s.seq + 1),
	'parentSpanId', printf('%016x', s.job_id << 8),
	'name', s.phase, 'kind', 1, 'startTimeUnixNano', '' || (s.ts_ns + utc),
	'endTimeUnixNano', '' || (s.ts_ns + s.dur_ns + utc), 'attributes', json_array(
		json_object('key', 'thread.id', 'value', json_object('intValue', '' || s.tid))))
	FROM f_slice s JOIN f_job j USING (job_id), x_utc WHERE j.dur_ns >= 0 AND s.seq < 255;
