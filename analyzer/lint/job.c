/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about jobs and their resumes: A3, B1-B3, B7, B8, B10, C9, D4. */
#include <inttypes.h>
#include <stdio.h>

#include "lint/private.h"

/* ---- beginning ------------------------------------------------------------------------------ */

/* D4. A job that is not known here may be one that another process had when this one was forked. */
static void forked_job(struct atls_lint *l, const struct job *j)
{
	const struct process *p;
	size_t cursor = 0;

	while ((p = atls_map_next(&l->tracker->processes, &cursor))) {
		const struct job *theirs =
			p == j->process ? NULL : atls_tracker_job(l->tracker, p, j->serial);

		if (theirs && !theirs->partial && theirs->begin <= j->process->begin) {
			HIT(l, FORKED_JOB, OTHER_PROCESS, .job = j);
			return;
		}
	}
}

static int begin(void *self, struct job *j)
{
	struct atls_lint *l = self;
	struct process_rules *p = RULES(j->process);
	struct job_rules *r = RULES(j);
	struct conn_rules *c = j->conn ? RULES(j->conn) : NULL;

	r->noticed = r->woken = r->ready = ATLS_NULL;
	p->jobs += !j->partial;
	if (c)
		c->started = true;
	if (j->partial)
		forked_job(l, j);
	return l->error;
}

/* ---- pausing -------------------------------------------------------------------------------- */

/* C9. The device is full: the job is told to come again, or wakes itself for that. */
static void retry_storm(struct atls_lint *l, const struct job *j)
{
	struct job_rules *r = RULES(j);

	if (r->submitted || !j->wctx || j->wctx->status != ATLS_ASYNC_STATUS_EAGAIN)
		r->retries = 0;
	else if (++r->retries == l->limit[ATLS_LIMIT_RETRIES])
		HIT(l, RETRY_STORM, EAGAIN, .job = j, .no_thread = true);
	if (r->self_wake && ++r->self_wakes == l->limit[ATLS_LIMIT_SELF_WAKES])
		HIT(l, RETRY_STORM, SELF_WAKE, .job = j);
	r->submitted = r->self_wake = false;
}

/* A pause that goes on with the wait before is no other one of the handshake. */
static void count_pause(const struct job *j)
{
	const struct job_rules *r = RULES(j);
	struct process_rules *p = RULES(j->process);
	struct conn_rules *c = j->conn ? RULES(j->conn) : NULL;
	struct wctx_rules *w = j->wctx ? RULES(j->wctx) : NULL;

	p->pauses++;
	if (c) {
		c->paused_in_call = true;
		c->pauses += !j->conn->handshaken && !r->idle;
	}
	if (w)
		w->pauses++;
}

static int pause_job(void *self, struct job *j)
{
	struct atls_lint *l = self;
	struct thread_rules *t = RULES(l->tracker->thread);
	struct job_rules *r = RULES(j);

	t->pool = true; /* OpenSSL made it, if nobody else did */
	r->ignored = 0;
	r->asked = false;
	count_pause(j);
	retry_storm(l, j);
	return l->error;
}

/* ---- resuming ------------------------------------------------------------------------------- */

/* B7. The jobs of a bridged program's connections are none of its own. */
static void cross_thread_resume(struct atls_lint *l, const struct job *j)
{
	if (j->process->mode == ATLS_MODE_BRIDGE && j->conn)
		return;
	if (!j->partial && j->thread != l->tracker->thread)
		HIT(l, CROSS_THREAD_RESUME, THREAD, .job = j);
}

/* Did that follow closely upon the first sign that the operation is done? */
static bool in_time(const struct atls_lint *l, const struct job_rules *r, int64_t ts)
{
	return ts != ATLS_NULL && ts - r->noticed <= l->limit[ATLS_LIMIT_WAKE];
}

static bool watches_any(const struct wctx *w)
{
	for (const struct wfd *f = w->fds; f; f = f->next)
		if (f->watched)
			return true;
	return false;
}

/* Who missed the wake-up. */
static enum atls_case_id missed_by(const struct atls_lint *l, const struct job *j)
{
	const struct job_rules *r = RULES(j);
	const struct wctx *w = j->wctx;

	if (r->done && !in_time(l, r, r->woken))
		return ATLS_CASE_LOST_WAKE_NOT_NOTIFIED;
	if (in_time(l, r, r->ready))
		return ATLS_CASE_LOST_WAKE_NOT_RESUMED_READY;
	if (j->process->mode == ATLS_MODE_BRIDGE || !w || w->callback)
		return ATLS_CASE_LOST_WAKE_NOT_RESUMED;
	if (!r->asked_ever)
		return ATLS_CASE_LOST_WAKE_NOT_ASKED;
	return watches_any(w) ? ATLS_CASE_LOST_WAKE_NOT_READY : ATLS_CASE_LOST_WAKE_NOT_WATCHED;
}

/* B1, of a job that is paused. */
static void lost_wake(struct atls_lint *l, const struct job *j)
{
	const struct job_rules *r = RULES(j);
	int64_t late = 0;

	if (r->noticed != ATLS_NULL)
		late = l->tracker->now - (r->noticed > j->since ? r->noticed : j->since);
	if (late > l->limit[ATLS_LIMIT_WAKE])
		HIT_CASE(l, missed_by(l, j), .job = j, .cost_ns = late, .no_thread = true);
}

/* B1, at the end of the trace. */
static void lost_wake_unseen(struct atls_lint *l, const struct job *j)
{
	int64_t paused = l->tracker->now - j->since;

	if (paused > l->limit[ATLS_LIMIT_STUCK])
		HIT(l, LOST_WAKE, NOT_SEEN, .job = j, .cost_ns = paused, .no_thread = true,
		    .uncertain = true);
}

/*
 * B2. Without a task of the built-in engine, only where wake-ups are seen at all; not if it is to
 * try again.
 */
static void spurious_resume(struct atls_lint *l, const struct job *j)
{
	const struct process_rules *p = RULES(j->process);
	const struct job_rules *r = RULES(j);

	/* The bridge resumes early only to drain a connection that is being freed. */
	if (j->process->mode == ATLS_MODE_BRIDGE || r->noticed != ATLS_NULL)
		return;
	if (r->own_engine) {
		if (j->ntasks)
			HIT(l, SPURIOUS_RESUME, TASK_OPEN, .job = j);
		return;
	}
	if (p->notices && j->wctx && j->wctx->status != ATLS_ASYNC_STATUS_EAGAIN)
		HIT(l, SPURIOUS_RESUME, NOT_WOKEN, .job = j, .uncertain = true);
}

/* B3 */
static void busy_loop_resumed(struct atls_lint *l, const struct job *j)
{
	struct job_rules *r = RULES(j);

	if (r->noticed != ATLS_NULL)
		r->idle = 0;
	else if (++r->idle == l->limit[ATLS_LIMIT_RESUMES])
		HIT(l, BUSY_LOOP, RESUMED, .job = j, .cost_ns = l->tracker->now - j->begin);
}

static int resume(void *self, struct job *j)
{
	struct atls_lint *l = self;
	struct process_rules *p = RULES(j->process);
	struct job_rules *r = RULES(j);

	p->resumes++;
	cross_thread_resume(l, j);
	if (j->paused) {
		lost_wake(l, j);
		spurious_resume(l, j);
	}
	busy_loop_resumed(l, j);
	if (j->wctx)
		atls_lint_wait_over(l, j->wctx, j);
	r->done = false;
	r->noticed = r->woken = r->ready = ATLS_NULL;
	return l->error;
}

/* ---- being noticed -------------------------------------------------------------------------- */

static void first(int64_t *slot, int64_t ts)
{
	if (*slot == ATLS_NULL)
		*slot = ts;
}

static int notice(void *self, struct job *j, const struct atls_event *e)
{
	struct atls_lint *l = self;
	struct job_rules *r = RULES(j);

	if (atls_lint_wake_abandoned(l, j, e))
		return l->error;
	r->done |= e->id == ATLS_EV_engine_done;
	if (e->id == ATLS_EV_fd_ready)
		first(&r->ready, e->ts);
	else if (e->id != ATLS_EV_engine_done)
		first(&r->woken, e->ts);
	r->self_wake |= !j->paused && e->id == ATLS_EV_wake && l->tracker->thread == j->thread;
	first(&r->noticed, e->ts);
	return 0;
}

/* ---- pauses that do not happen, and jobs inside jobs ---------------------------------------- */

/* B8 */
static void pause_blocked(struct atls_lint *l, const struct job *j)
{
	HIT(l, PAUSE_BLOCKED, IGNORED, .job = j);
}

/* B8: it holds for the jobs that follow. */
static void pause_blocked_left(struct atls_lint *l, const struct job *j)
{
	const struct job_rules *r = RULES(j);

	if (r->blocks)
		HIT(l, PAUSE_BLOCKED, LEFT, .job = j);
}

/* B3 */
static void busy_loop_ignored(struct atls_lint *l, const struct job *j)
{
	struct job_rules *r = RULES(j);

	if (++r->ignored == l->limit[ATLS_LIMIT_RESUMES])
		HIT(l, BUSY_LOOP, IGNORED, .job = j, .cost_ns = l->tracker->now - j->begin);
}

/* B10 */
static void nested_start(struct atls_lint *l, const struct job *outer)
{
	HIT(l, NESTED_START, INSIDE, .job = outer);
}

static int take_event(void *self, struct job *j, const struct atls_event *e)
{
	struct atls_lint *l = self;
	struct job_rules *r = j ? RULES(j) : NULL;

	switch (e->id) {
	case ATLS_EV_job_nested:
		nested_start(l, j);
		break;
	case ATLS_EV_pause_blocked:
		r->blocks++;
		break;
	case ATLS_EV_pause_unblocked:
		r->blocks -= r->blocks > 0;
		break;
	default: /* pause_ignored */
		if (e->pause_ignored.blocked)
			pause_blocked(l, j);
		busy_loop_ignored(l, j);
	}
	return l->error;
}

/* ---- ending --------------------------------------------------------------------------------- */

/* A3. What is in flight says whether the pool is small or leaks. */
static void pool_exhausted(struct atls_lint *l, const struct job *j)
{
	const struct thread *thread = l->tracker->thread;
	const struct thread_rules *t = RULES(thread);
	char note[120];

	snprintf(note, sizeof(note),
		 "%" PRId64 " jobs in flight on the thread, %" PRId64
		 " of them abandoned; the pool holds at most %u",
		 thread->njobs - 1, t->abandoned, t->pool_max);
	HIT_CASE(l,
		 t->abandoned ? ATLS_CASE_POOL_EXHAUSTED_ABANDONED
			      : ATLS_CASE_POOL_EXHAUSTED_IN_USE,
		 .job = j, .note = note);
}

static void finish(struct atls_lint *l, const struct job *j)
{
	struct thread_rules *t = RULES(l->tracker->thread);
	struct conn_rules *c = j->conn ? RULES(j->conn) : NULL;

	t->pool = true;
	pause_blocked_left(l, j);
	if (j->wctx)
		atls_lint_wait_over(l, j->wctx, j);
	if (c)
		c->finished_in_call = true;
}

static int lose(void *self, struct job *j)
{
	struct thread_rules *t = RULES(j->thread);
	const struct job_rules *r = RULES(j);

	t->abandoned -= r->freed;
	return 0;
}

static int end(void *self, struct job *j, const struct atls_event *e)
{
	struct atls_lint *l = self;

	if (e->id == ATLS_EV_job_no_jobs)
		pool_exhausted(l, j);
	else
		finish(l, j);
	lose(l, j);
	return l->error;
}

static int leave(void *self, struct job *j)
{
	struct atls_lint *l = self;
	const struct job_rules *r = RULES(j);

	if (!j->paused || r->freed)
		return 0;
	if (r->noticed != ATLS_NULL)
		lost_wake(l, j);
	else
		lost_wake_unseen(l, j);
	return l->error;
}

void atls_job_rules_observe(struct atls_observer *o)
{
	o->part[ATLS_JOB] = sizeof(struct job_rules);
	o->job_begun = begin;
	o->job_paused = pause_job;
	o->job_resumed = resume;
	o->job_noticed = notice;
	o->job_event = take_event;
	o->job_ended = end;
	o->job_lost = lose;
	o->job_left = leave;
}
