-- SPDX-License-Identifier: Apache-2.0
-- trace.db. Views (v_*) are the public interface; tables may change with user_version.
-- Times are int64 ns: ts on the traced host's CLOCK_MONOTONIC, dur = -1 if unfinished.
-- Ids are unique in the database; the serial columns hold the process's own numbers.
PRAGMA user_version = @SCHEMA_VERSION@;

CREATE TABLE meta (
	key TEXT PRIMARY KEY,           -- t0_ns (first event), t1_ns (last), lost, command, ...
	value ANY
) STRICT;

CREATE TABLE enum (                     -- texts of the codes below
	domain TEXT NOT NULL,
	code INTEGER NOT NULL,
	name TEXT NOT NULL,
	PRIMARY KEY (domain, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE string (
	string_id INTEGER PRIMARY KEY,
	text TEXT NOT NULL
) STRICT;

CREATE TABLE process (
	upid INTEGER PRIMARY KEY,
	pid INTEGER NOT NULL,
	name TEXT,
	mode INTEGER,                   -- enum mode
	openssl INTEGER,                -- OpenSSL_version_num()
	ts INTEGER NOT NULL,            -- first and last event seen
	end_ts INTEGER NOT NULL,
	submits INTEGER NOT NULL DEFAULT 0,      -- operations that the built-in engine queued
	in_place INTEGER NOT NULL DEFAULT 0,     -- and those that it did in place
	waits INTEGER NOT NULL DEFAULT 0,        -- of the bridge, inside its wrapper
	bridge_rule INTEGER             -- enum bridge_rule; NULL where no bridge was asked for
) STRICT;

CREATE TABLE thread (
	utid INTEGER PRIMARY KEY,
	upid INTEGER NOT NULL REFERENCES process,
	tid INTEGER NOT NULL,
	name TEXT,
	role INTEGER,                   -- enum role
	turns INTEGER NOT NULL DEFAULT 0,        -- of its event loop, between two waits
	turn_ns INTEGER NOT NULL DEFAULT 0,
	turn_max_ns INTEGER NOT NULL DEFAULT 0,
	wait_ns INTEGER NOT NULL DEFAULT 0,     -- in those waits
	jobs INTEGER NOT NULL DEFAULT 0         -- that began on it
) STRICT;

CREATE TABLE pool (                     -- of jobs, a thread's own: ASYNC_init_thread made it
	pool_id INTEGER PRIMARY KEY,
	utid INTEGER NOT NULL REFERENCES thread,
	ts INTEGER NOT NULL,
	dur INTEGER NOT NULL,           -- until ASYNC_cleanup_thread, or the end of the thread
	max_jobs INTEGER NOT NULL,      -- 0: no limit
	init_jobs INTEGER NOT NULL      -- made in advance
) STRICT;

CREATE TABLE conn (
	conn_id INTEGER PRIMARY KEY,
	upid INTEGER NOT NULL REFERENCES process,
	serial INTEGER NOT NULL,
	ssl_ptr INTEGER,
	ts INTEGER NOT NULL,
	dur INTEGER NOT NULL,
	side INTEGER,                   -- enum side
	version INTEGER,                -- on the wire
	cipher INTEGER,                 -- on the wire
	resumed INTEGER,
	hs_ts INTEGER,                  -- first handshake call
	hs_dur INTEGER,                 -- until the handshake was complete, -1 if it never was
	key_group INTEGER,              -- key exchange group, on the wire
	sigalg INTEGER,                 -- signature scheme, on the wire
	name INTEGER REFERENCES string  -- that the client asked for: whatever it chose to send
) STRICT;

CREATE TABLE job (
	job_id INTEGER PRIMARY KEY,
	utid INTEGER NOT NULL REFERENCES thread,
	serial INTEGER NOT NULL,
	conn_id INTEGER REFERENCES conn,
	op INTEGER NOT NULL,            -- enum op
	ts INTEGER NOT NULL,
	dur INTEGER NOT NULL,
	pauses INTEGER NOT NULL,
	busy_ns INTEGER NOT NULL,       -- the four phases; they sum to dur
	offload_ns INTEGER NOT NULL,
	notify_ns INTEGER NOT NULL,
	requeue_ns INTEGER NOT NULL,
	outcome INTEGER NOT NULL,       -- enum outcome
	ret INTEGER,                    -- what the job's function returned
	evidence INTEGER NOT NULL,      -- enum evidence, bits: what the phases rest on
	open_phase INTEGER              -- enum phase when the trace ended; NULL: it ended first
) STRICT;

CREATE TABLE job_slice (                -- phases tile [ts, ts + dur) of their job exactly
	job_id INTEGER NOT NULL REFERENCES job,
	seq INTEGER NOT NULL,
	phase INTEGER NOT NULL,         -- enum phase
	ts INTEGER NOT NULL,
	dur INTEGER NOT NULL,
	utid INTEGER NOT NULL REFERENCES thread, -- busy: where it ran; notify: who woke it
	PRIMARY KEY (job_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE job_wait (                 -- what was seen of each pause, before it is cut into phases
	job_id INTEGER NOT NULL REFERENCES job,
	seq INTEGER NOT NULL,           -- counts from 1
	pause_ts INTEGER NOT NULL,
	done_ts INTEGER,                -- NULL: not seen
	wake_ts INTEGER,
	fire_ts INTEGER,                -- callback
	ready_ts INTEGER,
	resume_ts INTEGER,
	waker_utid INTEGER REFERENCES thread,
	evidence INTEGER NOT NULL,
	PRIMARY KEY (job_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE engine_op (
	op_id INTEGER PRIMARY KEY,
	job_id INTEGER REFERENCES job,
	conn_id INTEGER REFERENCES conn,
	utid INTEGER REFERENCES thread, -- the worker, or the calling thread if done in place
	crypto INTEGER NOT NULL,        -- enum crypto
	alg INTEGER NOT NULL,           -- enum alg
	bits INTEGER NOT NULL,
	ts INTEGER NOT NULL,            -- submitted, or begun in place
	queue_ns INTEGER,
	service_ns INTEGER,             -- -1 if unfinished
	ok INTEGER,
	reason INTEGER                  -- enum reason if done in place, else NULL
) STRICT;

CREATE TABLE wait_ctx (
	wctx_id INTEGER PRIMARY KEY,
	upid INTEGER NOT NULL REFERENCES process,
	serial INTEGER NOT NULL,
	ts INTEGER NOT NULL,            -- first seen
	dur INTEGER NOT NULL,
	jobs INTEGER NOT NULL,          -- that were started on it
	fds INTEGER NOT NULL,           -- that were set
	callback INTEGER NOT NULL,      -- 1: one was set
	status INTEGER                  -- enum async_status: the last that was set
) STRICT;

CREATE TABLE wait_fd (                  -- an fd while a wait context has it
	fd_id INTEGER PRIMARY KEY,
	wctx_id INTEGER NOT NULL REFERENCES wait_ctx,
	utid INTEGER NOT NULL REFERENCES thread, -- that set it
	fd INTEGER NOT NULL,
	ts INTEGER NOT NULL,
	dur INTEGER NOT NULL,
	wakes INTEGER NOT NULL,         -- writes to it
	readies INTEGER NOT NULL,       -- how often the program was told that it is ready
	watched INTEGER NOT NULL        -- 1: the program was seen to watch it
) STRICT;

CREATE TABLE ssl_call (                 -- outermost SSL calls, as they returned; see --calls
	call_id INTEGER PRIMARY KEY,
	conn_id INTEGER NOT NULL REFERENCES conn,
	utid INTEGER NOT NULL REFERENCES thread,
	op INTEGER NOT NULL,            -- enum op
	ts INTEGER NOT NULL,
	dur INTEGER NOT NULL,
	ret INTEGER NOT NULL,
	error INTEGER NOT NULL          -- enum ssl_error
) STRICT;

CREATE TABLE ssl_tally (                -- how many of those there were
	op INTEGER NOT NULL,            -- enum op
	error INTEGER NOT NULL,         -- enum ssl_error
	calls INTEGER NOT NULL,
	sum_ns INTEGER NOT NULL,
	max_ns INTEGER NOT NULL,
	PRIMARY KEY (op, error)
) STRICT, WITHOUT ROWID;

CREATE INDEX job_ts ON job(ts);
CREATE INDEX job_dur ON job(dur);
CREATE INDEX job_conn ON job(conn_id);
CREATE INDEX engine_op_job ON engine_op(job_id);

CREATE TABLE lost (                     -- stretches in which the tracer dropped events
	ts INTEGER NOT NULL,
	dur INTEGER NOT NULL,
	count INTEGER NOT NULL,         -- 0: not known
	packets INTEGER NOT NULL        -- whole packets that were overwritten
) STRICT;

CREATE TABLE rule (                     -- what is looked for; see 'asynctls lint --explain'
	rule_id INTEGER PRIMARY KEY,
	name TEXT NOT NULL,
	code TEXT NOT NULL,
	title TEXT NOT NULL,
	why TEXT NOT NULL,
	fix TEXT NOT NULL,
	withheld INTEGER NOT NULL       -- occurrences that may only seem so, as events were lost
) STRICT;

CREATE TABLE finding (                  -- all occurrences of a rule in one process, for one reason
	finding_id INTEGER PRIMARY KEY, -- in the order of the rules
	rule_id INTEGER NOT NULL REFERENCES rule,
	severity INTEGER NOT NULL,      -- enum severity
	certainty INTEGER NOT NULL,     -- enum certainty
	detail TEXT NOT NULL,           -- the reason
	note TEXT,                      -- facts of the first occurrence
	pid INTEGER NOT NULL,
	tid INTEGER,                    -- thread of the first occurrence, if one is to blame
	fd INTEGER,                     -- of the first occurrence
	count INTEGER NOT NULL,
	cost_ns INTEGER,                -- wall time that it took, where that has a meaning
	ts INTEGER NOT NULL,            -- first occurrence
	end_ts INTEGER NOT NULL         -- last one
) STRICT;

CREATE TABLE finding_example (
	finding_id INTEGER NOT NULL REFERENCES finding,
	seq INTEGER NOT NULL,
	job_id INTEGER REFERENCES job,
	conn_id INTEGER REFERENCES conn,
	ts INTEGER NOT NULL,
	PRIMARY KEY (finding_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE event_count (              -- events in the trace, by name
	name TEXT PRIMARY KEY,
	count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE phase_stats (              -- made at the end from table job
	paused INTEGER NOT NULL,        -- 0: over all finished jobs, 1: over those that paused
	phase INTEGER NOT NULL,         -- enum phase
	jobs INTEGER NOT NULL,
	total_ns INTEGER NOT NULL,
	p50_ns INTEGER NOT NULL,        -- percentiles are within 1.6 %, see hist.h
	p99_ns INTEGER NOT NULL,
	max_ns INTEGER NOT NULL,
	PRIMARY KEY (paused, phase)
) STRICT, WITHOUT ROWID;

-- Sums over all rows above, made while they are: of equal columns they add up, so that databases
-- merge. Jobs, engine operations and connections are grouped by what they have in common.

CREATE TABLE job_group (
	group_id INTEGER PRIMARY KEY,
	op INTEGER NOT NULL,            -- enum op
	outcome INTEGER NOT NULL,       -- enum outcome
	paused INTEGER NOT NULL,        -- 1: at least once
	times INTEGER NOT NULL,         -- that each of them paused; 16: or more
	open_phase INTEGER,             -- enum phase, of unfinished ones
	jobs INTEGER NOT NULL,
	pauses INTEGER NOT NULL,        -- of all together
	untold INTEGER NOT NULL,        -- jobs whose phases rest on evidence untold, and not merged
	merged INTEGER NOT NULL         -- on evidence merged
) STRICT;

CREATE TABLE op_group (
	group_id INTEGER PRIMARY KEY,
	crypto INTEGER NOT NULL,        -- enum crypto
	alg INTEGER NOT NULL,           -- enum alg
	bits INTEGER NOT NULL,
	reason INTEGER,                 -- enum reason if done in place
	ok INTEGER,
	job_op INTEGER,                 -- enum op of the job that it was done for, if there was one
	operations INTEGER NOT NULL
) STRICT;

CREATE TABLE conn_group (
	group_id INTEGER PRIMARY KEY,
	side INTEGER,                   -- enum side
	version INTEGER,
	cipher INTEGER,
	resumed INTEGER,
	state INTEGER NOT NULL,         -- enum handshake_state: how far the handshakes came
	conns INTEGER NOT NULL,
	first_ts INTEGER,               -- begin of the first complete handshake, end of the last
	last_ts INTEGER
) STRICT;

CREATE TABLE measure (
	metric INTEGER NOT NULL,        -- enum metric
	group_id INTEGER NOT NULL,      -- of the table that the metric is about; of turn, a utid
	n INTEGER NOT NULL,
	sum_ns INTEGER NOT NULL,
	min_ns INTEGER NOT NULL,
	max_ns INTEGER NOT NULL,
	PRIMARY KEY (metric, group_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE hist (                     -- distribution of each measure; buckets as in hist.h
	metric INTEGER NOT NULL,
	group_id INTEGER NOT NULL,
	bucket INTEGER NOT NULL,
	count INTEGER NOT NULL,
	PRIMARY KEY (metric, group_id, bucket)
) STRICT, WITHOUT ROWID;

CREATE TABLE breakdown (                -- the phases of jobs that ended, by how long they took
	group_id INTEGER NOT NULL REFERENCES job_group,
	bucket INTEGER NOT NULL,        -- of wall time, as in hist
	jobs INTEGER NOT NULL,
	busy_ns INTEGER NOT NULL,
	offload_ns INTEGER NOT NULL,
	notify_ns INTEGER NOT NULL,
	requeue_ns INTEGER NOT NULL,
	PRIMARY KEY (group_id, bucket)
) STRICT, WITHOUT ROWID;

CREATE TABLE process_count (
	upid INTEGER PRIMARY KEY REFERENCES process,
	jobs INTEGER NOT NULL,
	paused INTEGER NOT NULL,
	conns INTEGER NOT NULL
) STRICT;

CREATE TABLE tally (
	name TEXT PRIMARY KEY,          -- spurious_resumes, waits_unseen
	count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE heat (                     -- what has ended, by the time of its end and by duration
	metric INTEGER NOT NULL,        -- not handshake; the phases only of jobs that paused
	level INTEGER NOT NULL,         -- a column is 4^level ns wide
	col INTEGER NOT NULL,           -- and begins at col * 4^level ns UTC
	bucket INTEGER NOT NULL,        -- 4 an octave: 8 of hist's
	count INTEGER NOT NULL,
	PRIMARY KEY (metric, level, col, bucket)
) STRICT, WITHOUT ROWID;

CREATE TABLE lod (                      -- the timeline in columns like heat's
	level INTEGER NOT NULL,
	col INTEGER NOT NULL,
	busy_ns INTEGER NOT NULL,       -- time that jobs spent in each phase within the column
	offload_ns INTEGER NOT NULL,
	notify_ns INTEGER NOT NULL,
	requeue_ns INTEGER NOT NULL,
	started INTEGER NOT NULL,       -- jobs
	ended INTEGER NOT NULL,
	inflight_min INTEGER,           -- NULL: no change and no job seen
	inflight_max INTEGER,
	inflight_ns INTEGER NOT NULL,   -- sum over jobs of their time in flight within the column
	queued_min INTEGER,             -- the same of engine operations that wait for a worker
	queued_max INTEGER,
	queued_ns INTEGER NOT NULL,
	served_min INTEGER,             -- and of those that a worker does
	served_max INTEGER,
	served_ns INTEGER NOT NULL,
	PRIMARY KEY (level, col)
) STRICT, WITHOUT ROWID;

CREATE TABLE lane (                     -- a thread's part in the timeline, in columns like lod's
	utid INTEGER NOT NULL REFERENCES thread,
	level INTEGER NOT NULL,
	col INTEGER NOT NULL,
	busy_ns INTEGER NOT NULL,       -- in fibres that ran on it
	offload_ns INTEGER NOT NULL,    -- in which jobs that began on it waited
	notify_ns INTEGER NOT NULL,
	requeue_ns INTEGER NOT NULL,
	place_ns INTEGER NOT NULL,      -- in engine operations done in place, outside of any job
	turn_ns INTEGER NOT NULL,       -- in turns of its event loop, which hold both
	wait_ns INTEGER NOT NULL,       -- between them
	PRIMARY KEY (utid, level, col)
) STRICT, WITHOUT ROWID;

CREATE VIEW v_meta AS SELECT key, value FROM meta;

CREATE VIEW v_lost AS SELECT ts AS ts_ns, dur AS dur_ns, count, packets FROM lost;

CREATE VIEW v_event_count AS SELECT name, count FROM event_count;

CREATE VIEW v_process AS
SELECT p.upid, p.pid, p.name AS process, m.name AS mode, p.openssl, p.ts AS ts_ns,
	p.end_ts AS end_ns, p.submits, p.in_place, p.waits, b.name AS bridge_rule
FROM process p
LEFT JOIN enum m ON m.domain = 'mode' AND m.code = p.mode
LEFT JOIN enum b ON b.domain = 'bridge_rule' AND b.code = p.bridge_rule;

CREATE VIEW v_thread AS
SELECT t.utid, p.upid, p.pid, t.tid, t.name AS thread, p.name AS process, r.name AS role,
	m.name AS mode, t.jobs
FROM thread t
JOIN process p USING (upid)
LEFT JOIN enum r ON r.domain = 'role' AND r.code = t.role
LEFT JOIN enum m ON m.domain = 'mode' AND m.code = p.mode;

CREATE VIEW v_pool AS
SELECT o.pool_id, p.upid, p.pid, t.utid, t.tid, t.name AS thread, o.ts AS ts_ns, o.dur AS dur_ns,
	o.max_jobs, o.init_jobs
FROM pool o
JOIN thread t USING (utid)
JOIN process p USING (upid);

CREATE VIEW v_conn AS
SELECT c.conn_id, p.upid, p.pid, s.name AS side, c.ts AS ts_ns, c.dur AS dur_ns, c.version,
	c.cipher, c.resumed, c.hs_ts AS handshake_ts_ns, c.hs_dur AS handshake_dur_ns, c.serial,
	coalesce(v.name, iif(c.version IS NULL, NULL, printf('0x%04x', c.version))) AS version_name,
	coalesce(k.name, iif(c.cipher IS NULL, NULL, printf('0x%04x', c.cipher))) AS cipher_name,
	coalesce(g.name, iif(c.key_group IS NULL, NULL, printf('0x%04x', c.key_group)))
		AS group_name,
	coalesce(a.name, iif(c.sigalg IS NULL, NULL, printf('0x%04x', c.sigalg))) AS sigalg_name,
	n.text AS server_name
FROM conn c
LEFT JOIN string n ON n.string_id = c.name
LEFT JOIN enum g ON g.domain = 'group' AND g.code = c.key_group
LEFT JOIN enum a ON a.domain = 'sigalg' AND a.code = c.sigalg
JOIN process p USING (upid)
LEFT JOIN enum s ON s.domain = 'side' AND s.code = c.side
LEFT JOIN enum v ON v.domain = 'version' AND v.code = c.version
LEFT JOIN enum k ON k.domain = 'cipher' AND k.code = c.cipher;

CREATE VIEW v_job AS
SELECT j.job_id, j.serial, p.upid, p.pid, t.tid, t.utid, t.name AS thread, j.conn_id, o.name AS op,
	j.ts AS ts_ns, j.dur AS dur_ns, j.pauses,
	j.busy_ns, j.offload_ns, j.notify_ns, j.requeue_ns, r.name AS outcome, j.ret, j.evidence,
	f.name AS open_phase
FROM job j
JOIN thread t USING (utid)
JOIN process p USING (upid)
LEFT JOIN enum o ON o.domain = 'op' AND o.code = j.op
LEFT JOIN enum r ON r.domain = 'outcome' AND r.code = j.outcome
LEFT JOIN enum f ON f.domain = 'phase' AND f.code = j.open_phase;

CREATE VIEW v_slice AS
SELECT s.job_id, s.seq, e.name AS phase, s.ts AS ts_ns, s.dur AS dur_ns, t.utid, t.tid,
	t.name AS thread
FROM job_slice s
JOIN thread t USING (utid)
LEFT JOIN enum e ON e.domain = 'phase' AND e.code = s.phase;

CREATE VIEW v_engine_op AS
SELECT e.op_id, e.job_id, e.conn_id, t.tid, t.name AS thread, c.name AS crypto, a.name AS alg,
	e.bits, e.ts AS ts_ns, e.queue_ns, e.service_ns, e.ok, r.name AS reason, e.utid
FROM engine_op e
LEFT JOIN thread t USING (utid)
LEFT JOIN enum c ON c.domain = 'crypto' AND c.code = e.crypto
LEFT JOIN enum a ON a.domain = 'alg' AND a.code = e.alg
LEFT JOIN enum r ON r.domain = 'reason' AND r.code = e.reason;

CREATE VIEW v_wait AS
SELECT w.job_id, w.seq, w.pause_ts AS pause_ns, w.done_ts AS done_ns, w.wake_ts AS wake_ns,
	w.fire_ts AS fire_ns, w.ready_ts AS ready_ns, w.resume_ts AS resume_ns, t.tid AS waker_tid,
	w.evidence, w.waker_utid
FROM job_wait w
LEFT JOIN thread t ON t.utid = w.waker_utid;

CREATE VIEW v_wait_ctx AS
SELECT w.wctx_id, p.upid, p.pid, w.serial, w.ts AS ts_ns, w.dur AS dur_ns, w.jobs, w.fds,
	w.callback, s.name AS status
FROM wait_ctx w
JOIN process p USING (upid)
LEFT JOIN enum s ON s.domain = 'async_status' AND s.code = w.status;

CREATE VIEW v_wait_fd AS
SELECT f.fd_id, f.wctx_id, p.pid, t.tid, t.name AS thread, f.fd, f.ts AS ts_ns, f.dur AS dur_ns,
	f.wakes, f.readies, f.watched, f.utid
FROM wait_fd f
JOIN thread t USING (utid)
JOIN process p USING (upid);

CREATE VIEW v_ssl_call AS
SELECT c.call_id, c.conn_id, p.pid, t.tid, t.name AS thread, o.name AS op, c.ts AS ts_ns,
	c.dur AS dur_ns, c.ret, coalesce(e.name, c.error) AS error, c.utid
FROM ssl_call c
JOIN thread t USING (utid)
JOIN process p USING (upid)
LEFT JOIN enum o ON o.domain = 'op' AND o.code = c.op
LEFT JOIN enum e ON e.domain = 'ssl_error' AND e.code = c.error;

CREATE VIEW v_ssl_tally AS
SELECT coalesce(o.name, t.op) AS op, coalesce(e.name, t.error) AS error, t.calls, t.sum_ns, t.max_ns
FROM ssl_tally t
LEFT JOIN enum o ON o.domain = 'op' AND o.code = t.op
LEFT JOIN enum e ON e.domain = 'ssl_error' AND e.code = t.error;

CREATE VIEW v_rule AS
SELECT r.name AS rule, r.code, r.title, r.why, r.fix, r.withheld,
	CASE WHEN EXISTS (SELECT 1 FROM finding f WHERE f.rule_id = r.rule_id) THEN 'found'
		WHEN r.withheld THEN 'withheld' ELSE 'clear' END AS status
FROM rule r;

-- Worst first. share is of the time that the trace spans, and can exceed 1 where jobs overlap.
CREATE VIEW v_finding AS
SELECT f.finding_id, r.name AS rule, r.code, s.name AS severity, c.name AS certainty, r.title,
	f.detail, f.note, f.pid, f.tid,
	(SELECT t.name FROM thread t JOIN process p USING (upid)
		WHERE t.tid = f.tid AND p.pid = f.pid LIMIT 1) AS thread,
	f.fd, f.count, f.cost_ns,
	f.cost_ns * 1.0 / nullif((SELECT value FROM meta WHERE key = 't1_ns')
		- (SELECT value FROM meta WHERE key = 't0_ns'), 0) AS share,
	f.ts AS ts_ns, f.end_ts AS end_ns,
	(SELECT group_concat(job_id) FROM finding_example e
		WHERE e.finding_id = f.finding_id) AS jobs,
	(SELECT group_concat(conn_id) FROM finding_example e
		WHERE e.finding_id = f.finding_id) AS conns, r.fix
FROM finding f
JOIN rule r USING (rule_id)
LEFT JOIN enum s ON s.domain = 'severity' AND s.code = f.severity
LEFT JOIN enum c ON c.domain = 'certainty' AND c.code = f.certainty
ORDER BY f.severity DESC, f.count DESC, f.finding_id;

CREATE VIEW v_finding_example AS SELECT finding_id, seq, job_id, conn_id, ts AS ts_ns
	FROM finding_example;

-- Over finished jobs; share is of their wall time.
CREATE VIEW v_phase_stats AS
SELECT e.name AS phase, s.jobs, s.total_ns,
	coalesce(s.total_ns * 1.0 / nullif(sum(s.total_ns) OVER (), 0), 0.0) AS share, s.p50_ns,
	s.p99_ns, s.max_ns
FROM phase_stats s
JOIN enum e ON e.domain = 'phase' AND e.code = s.phase
WHERE s.paused = 0;

-- The same, over finished jobs that paused at least once.
CREATE VIEW v_phase_stats_paused AS
SELECT e.name AS phase, s.jobs, s.total_ns,
	coalesce(s.total_ns * 1.0 / nullif(sum(s.total_ns) OVER (), 0), 0.0) AS share, s.p50_ns,
	s.p99_ns, s.max_ns
FROM phase_stats s
JOIN enum e ON e.domain = 'phase' AND e.code = s.phase
WHERE s.paused = 1;

-- Distributions. A count is of values from low_ns to less than high_ns; buckets are at most 1/32 of
-- their value wide, and those of several rows add up.
CREATE VIEW v_hist AS
SELECT e.name AS metric, o.name AS op, r.name AS outcome, g.paused, g.times,
	h.bucket - (max(h.bucket / 32 - 1, 0) * 32) << max(h.bucket / 32 - 1, 0) AS low_ns,
	h.bucket - (max(h.bucket / 32 - 1, 0) * 32) + 1 << max(h.bucket / 32 - 1, 0) AS high_ns,
	h.count
FROM hist h
JOIN job_group g USING (group_id)
JOIN enum e ON e.domain = 'metric' AND e.code = h.metric
LEFT JOIN enum o ON o.domain = 'op' AND o.code = g.op
LEFT JOIN enum r ON r.domain = 'outcome' AND r.code = g.outcome
WHERE h.metric BETWEEN @METRIC_WALL@ AND @METRIC_REQUEUE@;

-- What is common to the jobs of a group; the times of each are in v_hist.
CREATE VIEW v_job_group AS
SELECT g.group_id, o.name AS op, r.name AS outcome, g.paused, g.times, f.name AS open_phase, g.jobs,
	g.pauses, g.untold, g.merged
FROM job_group g
LEFT JOIN enum o ON o.domain = 'op' AND o.code = g.op
LEFT JOIN enum r ON r.domain = 'outcome' AND r.code = g.outcome
LEFT JOIN enum f ON f.domain = 'phase' AND f.code = g.open_phase;

-- The phases of jobs that ended by their wall time, from low_ns to less than high_ns.
CREATE VIEW v_breakdown AS
SELECT g.op, g.outcome, g.paused, g.times,
	b.bucket - (max(b.bucket / 32 - 1, 0) * 32) << max(b.bucket / 32 - 1, 0) AS low_ns,
	b.bucket - (max(b.bucket / 32 - 1, 0) * 32) + 1 << max(b.bucket / 32 - 1, 0) AS high_ns,
	b.jobs, b.busy_ns, b.offload_ns, b.notify_ns, b.requeue_ns
FROM breakdown b
JOIN v_job_group g USING (group_id);

-- Sums, smallest and largest of every measure; those of jobs, operations, connections and threads
-- apart.
CREATE VIEW v_job_measure AS
SELECT e.name AS metric, g.op, g.outcome, g.paused, g.times, m.n, m.sum_ns, m.min_ns, m.max_ns
FROM measure m
JOIN v_job_group g USING (group_id)
JOIN enum e ON e.domain = 'metric' AND e.code = m.metric
WHERE m.metric BETWEEN @METRIC_WALL@ AND @METRIC_REQUEUE@;

CREATE VIEW v_op_measure AS
SELECT e.name AS metric, c.name AS crypto, a.name AS alg, g.bits, r.name AS reason, g.ok,
	o.name AS job_op, m.n, m.sum_ns, m.min_ns, m.max_ns
FROM measure m
JOIN op_group g USING (group_id)
JOIN enum e ON e.domain = 'metric' AND e.code = m.metric
LEFT JOIN enum c ON c.domain = 'crypto' AND c.code = g.crypto
LEFT JOIN enum a ON a.domain = 'alg' AND a.code = g.alg
LEFT JOIN enum r ON r.domain = 'reason' AND r.code = g.reason
LEFT JOIN enum o ON o.domain = 'op' AND o.code = g.job_op
WHERE m.metric IN (@METRIC_QUEUE@, @METRIC_SERVICE@);

CREATE VIEW v_op_hist AS
SELECT e.name AS metric, c.name AS crypto, a.name AS alg, g.bits, r.name AS reason, g.ok,
	o.name AS job_op,
	h.bucket - (max(h.bucket / 32 - 1, 0) * 32) << max(h.bucket / 32 - 1, 0) AS low_ns,
	h.bucket - (max(h.bucket / 32 - 1, 0) * 32) + 1 << max(h.bucket / 32 - 1, 0) AS high_ns,
	h.count
FROM hist h
JOIN op_group g USING (group_id)
JOIN enum e ON e.domain = 'metric' AND e.code = h.metric
LEFT JOIN enum c ON c.domain = 'crypto' AND c.code = g.crypto
LEFT JOIN enum a ON a.domain = 'alg' AND a.code = g.alg
LEFT JOIN enum r ON r.domain = 'reason' AND r.code = g.reason
LEFT JOIN enum o ON o.domain = 'op' AND o.code = g.job_op
WHERE h.metric IN (@METRIC_QUEUE@, @METRIC_SERVICE@);

CREATE VIEW v_conn_hist AS
SELECT e.name AS metric, s.name AS side, g.version, g.cipher, g.resumed,
	h.bucket - (max(h.bucket / 32 - 1, 0) * 32) << max(h.bucket / 32 - 1, 0) AS low_ns,
	h.bucket - (max(h.bucket / 32 - 1, 0) * 32) + 1 << max(h.bucket / 32 - 1, 0) AS high_ns,
	h.count
FROM hist h
JOIN conn_group g USING (group_id)
JOIN enum e ON e.domain = 'metric' AND e.code = h.metric
LEFT JOIN enum s ON s.domain = 'side' AND s.code = g.side
WHERE h.metric = @METRIC_HANDSHAKE@;

-- What ended in a column of time (from ts_ns, for dur_ns), by duration.
CREATE VIEW v_heat AS
SELECT e.name AS metric,
	(h.col << 2 * h.level) - coalesce((SELECT value FROM meta WHERE key = 'utc_offset_ns'), 0)
		AS ts_ns,
	1 << 2 * h.level AS dur_ns,
	h.bucket * 8 - (max(h.bucket / 4 - 1, 0) * 32) << max(h.bucket / 4 - 1, 0) AS low_ns,
	(h.bucket + 1) * 8 - (max((h.bucket + 1) / 4 - 1, 0) * 32) << max((h.bucket + 1) / 4 - 1, 0)
		AS high_ns,
	h.count
FROM heat h
JOIN enum e ON e.domain = 'metric' AND e.code = h.metric;

-- Threads with an event loop: how long its turns take, and how long it waits.
CREATE VIEW v_loop AS
SELECT t.utid, p.upid, p.pid, t.tid, t.name AS thread, t.turns, t.turn_ns, t.turn_max_ns, t.wait_ns,
	t.turn_ns * 1.0 / nullif(t.turn_ns + t.wait_ns, 0) AS busy_share
FROM thread t
JOIN process p USING (upid)
WHERE t.turns > 0;

CREATE VIEW v_loop_hist AS
SELECT h.group_id AS utid,
	h.bucket - (max(h.bucket / 32 - 1, 0) * 32) << max(h.bucket / 32 - 1, 0) AS low_ns,
	h.bucket - (max(h.bucket / 32 - 1, 0) * 32) + 1 << max(h.bucket / 32 - 1, 0) AS high_ns,
	h.count
FROM hist h WHERE h.metric = @METRIC_TURN@;

-- The timeline in equal steps: time spent in each phase, jobs started, ended and in flight.
CREATE VIEW v_lod AS
SELECT (col << 2 * level) - coalesce((SELECT value FROM meta WHERE key = 'utc_offset_ns'), 0)
		AS ts_ns,
	1 << 2 * level AS dur_ns, busy_ns, offload_ns, notify_ns, requeue_ns, started, ended,
	inflight_min, inflight_max, inflight_ns * 1.0 / (1 << 2 * level) AS inflight_mean,
	queued_min, queued_max, queued_ns * 1.0 / (1 << 2 * level) AS queued_mean,
	served_min, served_max, served_ns * 1.0 / (1 << 2 * level) AS served_mean
FROM lod;

-- The same by thread; turn_ns and wait_ns are of event loops.
CREATE VIEW v_lane AS
SELECT utid, (col << 2 * level)
		- coalesce((SELECT value FROM meta WHERE key = 'utc_offset_ns'), 0) AS ts_ns,
	1 << 2 * level AS dur_ns, busy_ns, offload_ns, notify_ns, requeue_ns, place_ns, turn_ns,
	wait_ns
FROM lane;
