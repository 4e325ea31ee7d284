/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of processes and threads, with the turns of event loops and the pools of jobs. */
#include <string.h>

#include "model/private.h"

static int see_process(void *self, struct process *p)
{
	struct process_rows *r = ROWS(p);

	r->row.openssl = r->row.bridge_rule = ATLS_NULL;
	return 0;
}

static int see_thread(void *self, struct thread *t)
{
	struct thread_rows *r = ROWS(t);

	r->turn = r->wait = ATLS_NULL;
	return 0;
}

/*
 * A process is called as its `program` event says; without one, as its main thread, or else as the
 * first of its own threads that is known.
 */
static void name_process(const struct thread *t)
{
	const struct thread_rows *r = ROWS(t);
	struct process_rows *p = ROWS(t->process);

	if (p->introduced)
		return;
	if (t->tid == t->process->pid || (!p->row.name[0] && t->role == ATLS_ROLE_PROGRAM))
		memcpy(p->row.name, r->row.name, sizeof(p->row.name));
}

static int introduce(const struct process *process, const struct atls_program *e)
{
	struct process_rows *p = ROWS(process);

	p->introduced = true;
	memcpy(p->row.name, e->name, sizeof(e->name));
	p->row.bridge_rule = e->rule ? e->rule : ATLS_NULL;
	return 0;
}

static int name_thread(const struct thread *t, const struct atls_thread *e)
{
	struct thread_rows *r = ROWS(t);
	struct process_rows *p = ROWS(t->process);

	memcpy(r->row.name, e->comm, sizeof(e->comm));
	p->row.openssl = e->openssl;
	name_process(t);
	return 0;
}

static int put_turn(struct atls_model *m, const struct thread *t, int64_t ts, int64_t dur,
		    bool is_wait)
{
	return m->sink->turn ? m->sink->turn(m->ctx, t->utid, ts, dur, is_wait) : 0;
}

static int leave_loop(struct atls_model *m, const struct thread *t)
{
	struct thread_rows *r = ROWS(t);
	int64_t now = m->tracker->now, wait = r->wait;

	r->turn = now;
	r->wait = ATLS_NULL;
	if (wait == ATLS_NULL || now <= wait)
		return 0;
	r->row.wait_ns += now - wait;
	return put_turn(m, t, wait, now - wait, true);
}

/* The turn that the last return began is over. */
static int enter_loop(struct atls_model *m, const struct thread *t)
{
	struct thread_rows *r = ROWS(t);
	int64_t now = m->tracker->now;
	int64_t dur = r->turn == ATLS_NULL || r->wait != ATLS_NULL ? -1 : now - r->turn;

	r->wait = now;
	if (dur < 0)
		return 0;
	r->row.turns++;
	r->row.turn_ns += dur;
	if (dur > r->row.turn_max_ns)
		r->row.turn_max_ns = dur;
	return put_turn(m, t, r->turn, dur, false);
}

/* The pool of the thread is gone at ts; ATLS_NULL: it is still there. */
static int put_pool(struct atls_model *m, const struct thread *t, int64_t ts)
{
	struct thread_rows *r = ROWS(t);
	struct atls_row_pool row = r->pool;

	r->pool.pool_id = 0;
	if (!row.pool_id || !m->sink->pool)
		return 0;
	row.dur = ts == ATLS_NULL ? -1 : ts - row.ts;
	return m->sink->pool(m->ctx, &row);
}

static int make_pool(struct atls_model *m, const struct thread *t, const struct atls_pool_init *e)
{
	struct thread_rows *r = ROWS(t);
	int64_t now = m->tracker->now;
	int ret;

	if (!e->ok)
		return 0;
	ret = put_pool(m, t, now);
	r->pool = (struct atls_row_pool){ .pool_id = ++m->last_pool,
					  .ts = now,
					  .utid = t->utid,
					  .max_jobs = e->max,
					  .init_jobs = e->init };
	return ret;
}

static int count_wait(const struct process *p)
{
	struct process_rows *r = ROWS(p);

	r->row.waits++;
	return 0;
}

static int take_event(void *self, const struct atls_event *e)
{
	struct atls_model *m = self;
	const struct thread *t = m->tracker->thread;

	switch (e->id) {
	case ATLS_EV_loop_enter:
		return enter_loop(m, t);
	case ATLS_EV_loop_exit:
		return leave_loop(m, t);
	case ATLS_EV_thread:
		return name_thread(t, &e->thread);
	case ATLS_EV_program:
		return introduce(t->process, &e->program);
	case ATLS_EV_pool_init:
		return make_pool(m, t, &e->pool_init);
	case ATLS_EV_pool_cleanup:
	case ATLS_EV_thread_end:
		return put_pool(m, t, m->tracker->now);
	case ATLS_EV_bridge_waited:
		return count_wait(t->process);
	default:
		return 0;
	}
}

static int put_process(void *self, struct process *p)
{
	struct atls_model *m = self;
	struct process_rows *r = ROWS(p);

	r->row.ts = p->begin;
	r->row.end_ts = p->end;
	r->row.mode = p->mode;
	r->row.upid = p->upid;
	r->row.pid = p->pid;
	return m->sink->process(m->ctx, &r->row);
}

static int put_thread(void *self, struct thread *t)
{
	struct atls_model *m = self;
	struct thread_rows *r = ROWS(t);
	int ret = put_pool(m, t, ATLS_NULL);

	r->row.role = t->role;
	r->row.utid = t->utid;
	r->row.upid = t->process->upid;
	r->row.tid = t->tid;
	return ret ? ret : m->sink->thread(m->ctx, &r->row);
}

void atls_thread_rows_observe(struct atls_observer *o)
{
	o->part[ATLS_PROCESS] = sizeof(struct process_rows);
	o->part[ATLS_THREAD] = sizeof(struct thread_rows);
	o->process_seen = see_process;
	o->process_left = put_process;
	o->thread_seen = see_thread;
	o->thread_event = take_event;
	o->thread_left = put_thread;
}
