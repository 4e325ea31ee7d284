-- SPDX-License-Identifier: Apache-2.0
-- A database as text, for comparison: jobs with their slices, connections, operations, losses.
SELECT line FROM (
	SELECT 0 AS kind, job_id AS a, -1 AS b,
		printf('job %d pid %d tid %d conn %s %s: %d+%d pauses %d busy %d '
		|| 'offload %d notify %d requeue %d %s%s%s [%s]', serial, pid, tid,
		coalesce(conn_id, '-'), op, ts_ns, dur_ns, pauses, busy_ns, offload_ns, notify_ns,
		requeue_ns, outcome, coalesce(' ret ' || ret, ''),
		coalesce(' in ' || open_phase, ''),
		coalesce((SELECT group_concat(name) FROM enum WHERE domain = 'evidence'
			AND code & evidence), ''))
		AS line
		FROM v_job
	UNION ALL SELECT 0, job_id, seq, printf('  %d+%d %s tid %d', ts_ns, dur_ns, phase, tid)
		FROM v_slice
	UNION ALL SELECT 1, conn_id, 0, printf('conn %d pid %d %s %s %s: %d+%d handshake %s+%s%s',
		serial, pid, coalesce(side, '-'), coalesce(version_name, '-'),
		coalesce(cipher_name, '-'), ts_ns, dur_ns, coalesce(handshake_ts_ns, '-'),
		coalesce(handshake_dur_ns, '-'), coalesce(' ' || group_name, '')
		|| coalesce(' ' || sigalg_name, '') || coalesce(' for ' || server_name, ''))
			FROM v_conn
	UNION ALL SELECT 2, op_id, 0,
		printf('op %d job %s conn %s tid %s %s %s %d: %d queue %s service %s%s', op_id,
		coalesce(job_id, '-'), coalesce(conn_id, '-'), coalesce(tid, '-'), crypto, alg,
		bits, ts_ns, coalesce(queue_ns, '-'), coalesce(service_ns, '-'),
		coalesce(' in place: ' || reason, CASE ok WHEN 0 THEN ' failed' ELSE '' END))
			FROM v_engine_op
	UNION ALL SELECT 8, upid, 0,
		printf('process %d: %d operations submitted, %d in place, %d waits', pid, submits,
		in_place, waits) FROM v_process WHERE submits + in_place + waits
	UNION ALL SELECT 5, wctx_id, 0, printf('wait context %d pid %d: %d+%d jobs %d fds %d%s%s',
		serial, pid, ts_ns, dur_ns, jobs, fds, iif(callback, ' callback', ''),
		coalesce(' status ' || status, '')) FROM v_wait_ctx
	UNION ALL SELECT 5, wctx_id, fd_id, printf('  fd %d: %d+%d tid %d wakes %d ready %d%s', fd,
		ts_ns, dur_ns, tid, wakes, readies, iif(watched, ' watched', '')) FROM v_wait_fd
	UNION ALL SELECT 6, call_id, 0, printf('call %s of conn %d tid %d: %d+%d returns %d, %s',
		op, conn_id, tid, ts_ns, dur_ns, ret, error) FROM v_ssl_call
	UNION ALL SELECT 7, 0, 0, printf('%d calls %s, %s: %d, longest %d', calls, op, error,
		sum_ns, max_ns)
		FROM v_ssl_tally
	UNION ALL SELECT 4, utid, 0, printf('loop tid %d: %d turns %d longest %d waited %d', tid,
		turns, turn_ns, turn_max_ns, wait_ns) FROM v_loop
	UNION ALL SELECT 9, pool_id, 0, printf('pool tid %d: %d+%d at most %d, %d made in advance',
		tid, ts_ns, dur_ns, max_jobs, init_jobs) FROM v_pool
	UNION ALL SELECT 3, ts_ns, 0, printf('lost %d+%d %d', ts_ns, dur_ns, count) FROM v_lost
) ORDER BY kind, a, b, line;
