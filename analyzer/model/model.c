/* SPDX-License-Identifier: Apache-2.0 */
/* The model: processes and threads, totals, and which handler takes which event. */
#include "model/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- processes and threads ------------------------------------------------------------------ */

static struct process *find_process(struct atls_model *m, const struct atls_event *e)
{
	/* The key must not be 0, and a pid may be if the trace has no vpid. */
	uint64_t key = atls_key(1, e->pid);
	struct process *p = atls_map_get(&m->processes, key);

	if (p)
		return p;
	p = calloc(1, sizeof(*p));
	if (!p || atls_map_put(&m->processes, key, p)) {
		free(p);
		return NULL;
	}
	p->row = (struct atls_row_process){ .upid = ++m->last_upid,
					    .pid = e->pid,
					    .ts = e->ts,
					    .mode = ATLS_NULL,
					    .openssl = ATLS_NULL };
	return p;
}

static struct thread *add_thread(struct atls_model *m, struct process *p, uint32_t tid)
{
	struct thread *t = calloc(1, sizeof(*t));

	if (!t || atls_map_put(&m->threads, atls_key(p->row.upid, tid), t)) {
		free(t);
		return NULL;
	}
	t->process = p;
	t->turn = t->wait = ATLS_NULL;
	t->row = (struct atls_row_thread){
		.utid = ++m->last_utid, .upid = p->row.upid, .tid = tid, .role = ATLS_NULL
	};
	return t;
}

/* Make the thread of e the current one. */
static int enter_thread(struct atls_model *m, const struct atls_event *e)
{
	struct thread *t = m->current;

	if (!t || t->row.tid != e->tid || t->process->row.pid != e->pid) {
		struct process *p = find_process(m, e);

		if (!p)
			return -ENOMEM;
		t = atls_map_get(&m->threads, atls_key(p->row.upid, e->tid));
		if (!t)
			t = add_thread(m, p, e->tid);
		if (!t)
			return -ENOMEM;
		m->current = t;
	}
	if (e->ts > t->process->row.end_ts)
		t->process->row.end_ts = e->ts;
	return 0;
}

/* A process is called as its main thread, or else as the first of its own threads that is known. */
static void name_process(struct thread *t)
{
	struct atls_row_process *p = &t->process->row;

	if (t->row.tid == p->pid || (!p->name[0] && t->row.role == ATLS_ROLE_PROGRAM))
		memcpy(p->name, t->row.name, sizeof(p->name));
}

static int take_thread(struct atls_model *m, const struct atls_event *e)
{
	struct thread *t = m->current;

	memcpy(t->row.name, e->thread.comm, sizeof(e->thread.comm));
	t->row.role = e->thread.role;
	t->process->row.mode = e->thread.mode;
	t->process->row.openssl = e->thread.openssl;
	name_process(t);
	return 0;
}

static int take_loop_exit(struct atls_model *m, const struct atls_event *e)
{
	struct thread *t = m->current;

	int64_t wait = t->wait;

	t->turn = e->ts;
	t->wait = ATLS_NULL;
	if (wait == ATLS_NULL || e->ts <= wait)
		return 0;
	t->row.wait_ns += e->ts - wait;
	return m->sink->turn ? m->sink->turn(m->ctx, t->row.utid, wait, e->ts - wait, true) : 0;
}

/* The turn that the last return began is over. */
static int take_loop_enter(struct atls_model *m, const struct atls_event *e)
{
	struct thread *t = m->current;
	int64_t dur = t->turn == ATLS_NULL || t->wait != ATLS_NULL ? -1 : e->ts - t->turn;

	t->wait = e->ts;
	if (dur < 0)
		return 0;
	t->row.turns++;
	t->row.turn_ns += dur;
	if (dur > t->row.turn_max_ns)
		t->row.turn_max_ns = dur;
	return m->sink->turn ? m->sink->turn(m->ctx, t->row.utid, t->turn, dur, false) : 0;
}

/* The pool of the thread is gone at ts; ATLS_NULL: it is still there. */
static int put_pool(struct atls_model *m, struct thread *t, int64_t ts)
{
	struct atls_row_pool row = t->pool;

	t->pool.pool_id = 0;
	if (!row.pool_id || !m->sink->pool)
		return 0;
	row.dur = ts == ATLS_NULL ? -1 : ts - row.ts;
	return m->sink->pool(m->ctx, &row);
}

static int take_pool_init(struct atls_model *m, const struct atls_event *e)
{
	struct thread *t = m->current;
	int ret;

	if (!e->pool_init.ok)
		return 0;
	ret = put_pool(m, t, e->ts);
	t->pool = (struct atls_row_pool){ .pool_id = ++m->last_pool,
					  .ts = e->ts,
					  .utid = t->row.utid,
					  .max_jobs = e->pool_init.max,
					  .init_jobs = e->pool_init.init };
	return ret;
}

static int take_pool_end(struct atls_model *m, const struct atls_event *e)
{
	return put_pool(m, m->current, e->ts);
}

int atls_model_open(struct atls_model *m, enum atls_level level, int64_t ts, int delta)
{
	return m->sink->open ? m->sink->open(m->ctx, level, ts, delta) : 0;
}

static int take_bridge_waited(struct atls_model *m, const struct atls_event *e)
{
	m->current->process->row.waits++;
	return 0;
}

/* ---- events --------------------------------------------------------------------------------- */

static int (*const handlers[ATLS_EV_COUNT])(struct atls_model *m, const struct atls_event *e) = {
	[ATLS_EV_thread] = take_thread,
	[ATLS_EV_bridge_waited] = take_bridge_waited,
	[ATLS_EV_pool_init] = take_pool_init,
	[ATLS_EV_pool_cleanup] = take_pool_end,
	[ATLS_EV_thread_end] = take_pool_end,
	[ATLS_EV_job_start] = atls_job_start,
	[ATLS_EV_job_pause] = atls_job_pause,
	[ATLS_EV_job_resume] = atls_job_resume,
	[ATLS_EV_job_finish] = atls_job_end,
	[ATLS_EV_job_error] = atls_job_end,
	[ATLS_EV_job_no_jobs] = atls_job_end,
	[ATLS_EV_callback_fire] = atls_job_notice,
	[ATLS_EV_wake] = atls_job_notice,
	[ATLS_EV_fd_ready] = atls_job_notice,
	[ATLS_EV_loop_enter] = take_loop_enter,
	[ATLS_EV_loop_exit] = take_loop_exit,
	[ATLS_EV_engine_submit] = atls_engine_event,
	[ATLS_EV_engine_begin] = atls_engine_event,
	[ATLS_EV_engine_done] = atls_engine_event,
	[ATLS_EV_engine_inplace] = atls_engine_event,
	[ATLS_EV_ssl_new] = atls_conn_event,
	[ATLS_EV_ssl_free] = atls_conn_event,
	[ATLS_EV_ssl_begin] = atls_conn_event,
	[ATLS_EV_ssl_end] = atls_conn_event,
	[ATLS_EV_handshake] = atls_conn_event,
	[ATLS_EV_server_name] = atls_conn_event,
};

/* What concerns wait contexts and their fds, besides. */
static const bool waits[ATLS_EV_COUNT] = {
	[ATLS_EV_job_start] = true,	[ATLS_EV_wait_ctx_new] = true,
	[ATLS_EV_wait_ctx_free] = true, [ATLS_EV_wait_fd_set] = true,
	[ATLS_EV_wait_fd_clear] = true, [ATLS_EV_wait_fd_watch] = true,
	[ATLS_EV_wait_status] = true,	[ATLS_EV_wait_callback] = true,
	[ATLS_EV_wake] = true,		[ATLS_EV_fd_ready] = true,
};

int atls_model_event(struct atls_model *m, const struct atls_event *e)
{
	struct atls_totals *t = &m->totals;
	int ret;

	if (t->t0 == ATLS_NULL || e->ts < t->t0)
		t->t0 = e->ts;
	if (t->t1 == ATLS_NULL || e->ts > t->t1)
		t->t1 = e->ts;
	t->events++;
	t->by_event[e->id]++;
	ret = enter_thread(m, e);
	if (!ret && waits[e->id] && m->sink->wctx)
		ret = atls_wait_event(m, e);
	if (ret || !handlers[e->id])
		return ret;
	return handlers[e->id](m, e);
}

int atls_model_lost(struct atls_model *m, const struct atls_lost *l)
{
	const struct atls_row_lost row = { l->ts, l->dur, l->events, l->packets };

	m->totals.lost_events += l->events;
	m->totals.lost_packets += l->packets;
	if (l->ts + l->dur > m->lost_until)
		m->lost_until = l->ts + l->dur;
	return m->sink->lost(m->ctx, &row);
}

/* ---- begin and end -------------------------------------------------------------------------- */

struct atls_model *atls_model_create(const struct atls_sink *sink, void *ctx)
{
	struct atls_model *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->sink = sink;
	m->ctx = ctx;
	m->totals.t0 = m->totals.t1 = ATLS_NULL;
	m->lost_until = ATLS_NULL;
	m->job_slab = ATLS_SLAB(struct job);
	m->conn_slab = ATLS_SLAB(struct conn);
	m->task_slab = ATLS_SLAB(struct task);
	m->wctx_slab = ATLS_SLAB(struct wctx);
	m->wfd_slab = ATLS_SLAB(struct wfd);
	return m;
}

static int finish_threads(struct atls_model *m)
{
	struct process *p;
	struct thread *t;
	size_t cursor = 0;
	int ret = 0;

	while (!ret && (p = atls_map_next(&m->processes, &cursor)))
		ret = m->sink->process(m->ctx, &p->row);
	cursor = 0;
	while (!ret && (t = atls_map_next(&m->threads, &cursor))) {
		ret = put_pool(m, t, ATLS_NULL);
		if (!ret)
			ret = m->sink->thread(m->ctx, &t->row);
	}
	return ret;
}

int atls_model_finish(struct atls_model *m)
{
	int ret = atls_job_finish_all(m);

	if (!ret)
		ret = atls_engine_finish_all(m);
	if (!ret)
		ret = atls_conn_finish_all(m);
	if (!ret)
		ret = atls_conn_put_names(m);
	if (!ret)
		ret = atls_wait_finish_all(m);
	if (!ret && m->sink->tally)
		ret = atls_conn_put_tallies(m);
	if (!ret)
		ret = finish_threads(m);
	return ret;
}

const struct atls_totals *atls_model_totals(const struct atls_model *m)
{
	return &m->totals;
}

int64_t atls_model_job_id(const struct atls_model *m, uint32_t pid, uint32_t serial)
{
	const struct process *p = atls_map_get(&m->processes, atls_key(1, pid));
	const struct job *j = p ? atls_map_get(&m->jobs, atls_key(p->row.upid, serial)) : NULL;

	return j ? j->row.job_id : ATLS_NULL;
}

int64_t atls_model_conn_id(const struct atls_model *m, uint32_t pid, uint32_t serial)
{
	const struct process *p = atls_map_get(&m->processes, atls_key(1, pid));
	const struct conn *c = p ? atls_map_get(&m->conns, atls_key(p->row.upid, serial)) : NULL;

	return c ? c->row.conn_id : ATLS_NULL;
}

void atls_model_destroy(struct atls_model *m)
{
	if (!m)
		return;
	atls_map_finish(&m->jobs);
	atls_map_finish(&m->conns);
	atls_map_free(&m->names);
	atls_map_finish(&m->tasks);
	atls_slab_finish(&m->job_slab);
	atls_slab_finish(&m->conn_slab);
	atls_slab_finish(&m->task_slab);
	atls_map_finish(&m->wctxs);
	atls_slab_finish(&m->wctx_slab);
	atls_slab_finish(&m->wfd_slab);
	atls_map_free(&m->threads);
	atls_map_free(&m->processes);
	atls_map_finish(&m->waiters); /* its jobs were those of m->jobs */
	free(m);
}
