/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about jobs and their resumes: A1-A3, A5, A6, B1-B3, B7, B8, B10, C5, C9, D1, D4. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lint/private.h"

/* ---- starting and ending -------------------------------------------------------------------- */

static int start(struct atls_lint *l, const struct atls_job_start *e)
{
	struct lint_job *j = atls_lint_get_job(l, e->job);

	if (!j)
		return -ENOMEM;
	j->partial = false;
	j->op = e->op;
	j->process->jobs++;
	if (e->conn) {
		j->conn = atls_lint_get_conn(l, e->conn);
		if (!j->conn)
			return -ENOMEM;
		j->conn->job = j;
		j->conn->started = true;
		j->conn->wctx = e->wctx;
	}
	if (e->wctx) {
		j->wctx = atls_lint_get_wctx(l, e->wctx);
		if (!j->wctx)
			return -ENOMEM;
		j->wctx->job = j;
	}
	return 0;
}

static void forget(struct atls_lint *l, struct lint_job *j)
{
	if (j->conn && j->conn->job == j)
		j->conn->job = NULL;
	if (j->wctx && j->wctx->job == j)
		j->wctx->job = NULL;
	j->thread->open--;
	j->thread->abandoned -= j->freed;
	atls_map_take(&l->jobs, lint_key(j->process, j->serial));
	atls_slab_put(&l->job_slab, j);
}

static int finish(struct atls_lint *l, struct lint_job *j)
{
	int ret = 0;

	l->thread->pool = true; /* OpenSSL made it, if nobody else did */
	if (j->blocks)
		ret = HIT(l, PAUSE_BLOCKED, "a job ended and left pausing blocked for its thread",
			  .job = j);
	if (!ret && j->wctx)
		ret = atls_lint_wait_over(l, j->wctx, j);
	if (j->conn)
		j->conn->finished_in_call = true;
	forget(l, j);
	return ret;
}

/* A3. What is in flight says whether the pool is small or leaks. */
static int refuse(struct atls_lint *l, struct lint_job *j)
{
	char note[120];
	int ret;

	snprintf(note, sizeof(note),
		 "%" PRId64 " jobs in flight on the thread, %" PRId64
		 " of them abandoned; the pool holds at most %u",
		 l->thread->open - 1, l->thread->abandoned, l->thread->pool_max);
	ret = HIT(l, POOL_EXHAUSTED,
		  l->thread->abandoned ? "abandoned jobs fill the pool"
				       : "all jobs of the pool are in use",
		  .job = j, .note = note);
	forget(l, j);
	return ret;
}

/* ---- pausing and resuming ------------------------------------------------------------------- */

/* D4. A job that is not known here may be one that another process had when this one was forked. */
static int note_fork(struct atls_lint *l, const struct lint_job *j)
{
	struct lint_process *p;
	size_t cursor = 0;

	while ((p = atls_map_next(&l->processes, &cursor))) {
		const struct lint_job *theirs =
			p == j->process ? NULL : atls_map_get(&l->jobs, lint_key(p, j->serial));

		if (theirs && !theirs->partial && theirs->begin <= j->process->begin)
			return HIT(l, FORKED_JOB, "a job that another process began", .job = j);
	}
	return 0;
}

static struct lint_job *touch(struct atls_lint *l, uint32_t serial, int *ret)
{
	struct lint_job *j = atls_lint_find_job(l, serial);

	*ret = 0;
	if (j)
		return j;
	j = atls_lint_get_job(l, serial);
	*ret = j ? note_fork(l, j) : -ENOMEM;
	return j;
}

/* C9. The device is full: the job is told to come again, or wakes itself for that. */
static int note_retry(struct atls_lint *l, struct lint_job *j)
{
	int ret = 0;

	if (j->submitted || !j->wctx || j->wctx->status != 3)
		j->retries = 0;
	else if (++j->retries == l->limit[ATLS_LIMIT_RETRIES])
		ret = HIT(l, RETRY_STORM, "status EAGAIN, and nothing could be submitted", .job = j,
			  .no_thread = true);
	if (j->self_wake && ++j->self_wakes == l->limit[ATLS_LIMIT_SELF_WAKES] && !ret)
		ret = HIT(l, RETRY_STORM, "the job wakes itself before it pauses", .job = j);
	j->submitted = j->self_wake = false;
	return ret;
}

static int pause_job(struct atls_lint *l, struct lint_job *j)
{
	l->thread->pool = true;
	j->paused = true;
	j->pause = l->now;
	j->pauses++;
	j->ignored = 0;
	j->asked = false;
	j->process->pauses++;
	if (j->conn) {
		j->conn->paused_in_call = true;
		/* One that goes on with the wait before is no other. */
		j->conn->pauses += !j->conn->handshaken && !j->idle;
	}
	if (j->wctx)
		j->wctx->pauses++;
	return note_retry(l, j);
}

/* Did that follow closely upon the first sign that the operation is done? */
static bool in_time(const struct atls_lint *l, const struct lint_job *j, int64_t ts)
{
	return ts != ATLS_NULL && ts - j->noticed <= l->limit[ATLS_LIMIT_WAKE];
}

/* B1: who missed the wake-up. */
static const char *missed_by(const struct atls_lint *l, const struct lint_job *j)
{
	const struct lint_wctx *w = j->wctx;

	if (j->done && !in_time(l, j, j->woken))
		return "the engine was done, and did not notify in time";
	if (in_time(l, j, j->ready))
		return "the wait fd was reported ready, and the job was not resumed";
	if (j->process->mode == ATLS_MODE_BRIDGE || !w || w->callback)
		return "the wake-up came, and the job was not resumed";
	if (!j->asked_ever)
		return "the program never asked for the wait fd";
	for (int i = 0; i < w->nfds; i++)
		if (w->fds[i].watched)
			return "the wait fd is watched, and was not reported ready";
	return "the program asked for the wait fd and never watched it";
}

static int note_late(struct atls_lint *l, const struct lint_job *j)
{
	int64_t late = j->noticed == ATLS_NULL
			       ? 0
			       : l->now - (j->noticed > j->pause ? j->noticed : j->pause);

	if (late <= l->limit[ATLS_LIMIT_WAKE])
		return 0;
	return HIT(l, LOST_WAKE, missed_by(l, j), .job = j, .cost_ns = late, .no_thread = true);
}

/* B2. Without a task of the built-in engine, only where wake-ups are seen at all; not if it is to try again. */
static int note_spurious(struct atls_lint *l, struct lint_job *j)
{
	bool foreign = !j->own_engine;

	/* The bridge resumes early only to drain a connection that is being freed. */
	if (j->process->mode == ATLS_MODE_BRIDGE)
		return 0;
	if (!foreign && j->tasks_open && j->noticed == ATLS_NULL)
		return HIT(l, SPURIOUS_RESUME, "the engine's operation is still open", .job = j);
	if (!foreign || j->noticed != ATLS_NULL || !j->process->notices || !j->wctx ||
	    j->wctx->status == 3)
		return 0;
	return HIT(l, SPURIOUS_RESUME, "neither wake-up nor callback since the pause", .job = j,
		   .uncertain = true);
}

/* B3 (i) */
static int note_idle(struct atls_lint *l, struct lint_job *j)
{
	if (j->noticed != ATLS_NULL) {
		j->idle = 0;
		return 0;
	}
	if (++j->idle != l->limit[ATLS_LIMIT_RESUMES])
		return 0;
	return HIT(l, BUSY_LOOP, "one job is resumed and pauses again, without progress", .job = j,
		   .cost_ns = l->now - j->begin);
}

static int resume(struct atls_lint *l, struct lint_job *j)
{
	int ret = 0;

	j->process->resumes++;
	if (!j->partial && j->thread != l->thread)
		ret = HIT(l, CROSS_THREAD_RESUME, "resumed on another thread", .job = j);
	if (!ret && j->paused)
		ret = note_late(l, j);
	if (!ret && j->paused)
		ret = note_spurious(l, j);
	if (!ret)
		ret = note_idle(l, j);
	if (!ret && j->wctx)
		ret = atls_lint_wait_over(l, j->wctx, j);
	j->paused = j->done = false;
	j->noticed = j->woken = j->ready = ATLS_NULL;
	return ret;
}

/* ---- pauses that do not happen -------------------------------------------------------------- */

static int ignore_pause(struct atls_lint *l, const struct atls_pause_ignored *e)
{
	struct lint_job *j = e->job ? atls_lint_find_job(l, e->job) : NULL;
	int ret = 0;

	if (!j)
		return 0;
	if (e->blocked)
		ret = HIT(l, PAUSE_BLOCKED, "a job could not pause", .job = j);
	if (!ret && ++j->ignored == l->limit[ATLS_LIMIT_RESUMES])
		ret = HIT(l, BUSY_LOOP, "a job tries to pause over and over, and cannot", .job = j,
			  .cost_ns = l->now - j->begin);
	return ret;
}

static int block_pause(struct atls_lint *l, const struct atls_event *e)
{
	bool block = e->id == ATLS_EV_pause_blocked;
	struct lint_job *j =
		atls_lint_find_job(l, block ? e->pause_blocked.job : e->pause_unblocked.job);

	if (j && block)
		j->blocks++;
	else if (j && j->blocks)
		j->blocks--;
	return 0;
}

int atls_lint_job_event(struct atls_lint *l, const struct atls_event *e)
{
	struct lint_job *j;
	int ret;

	switch (e->id) {
	case ATLS_EV_job_start:
		return start(l, &e->job_start);
	case ATLS_EV_pause_ignored:
		return ignore_pause(l, &e->pause_ignored);
	case ATLS_EV_pause_blocked:
	case ATLS_EV_pause_unblocked:
		return block_pause(l, e);
	case ATLS_EV_job_nested:
		j = atls_lint_find_job(l, e->job_nested.outer);
		return HIT(l, NESTED_START, "ASYNC_start_job inside a job", .job = j);
	}
	/* The others begin with the job. */
	j = touch(l, e->job_pause.job, &ret);
	if (ret)
		return ret;
	switch (e->id) {
	case ATLS_EV_job_pause:
		return pause_job(l, j);
	case ATLS_EV_job_resume:
		return resume(l, j);
	case ATLS_EV_job_no_jobs:
		return refuse(l, j);
	default:
		return finish(l, j);
	}
}
_Static_assert(!offsetof(struct atls_job_pause, job) && !offsetof(struct atls_job_resume, job) &&
		       !offsetof(struct atls_job_finish, job) &&
		       !offsetof(struct atls_job_error, job) &&
		       !offsetof(struct atls_job_no_jobs, job),
	       "the events about a job begin with it");

/* ---- being abandoned ------------------------------------------------------------------------ */

int atls_lint_abandon(struct atls_lint *l, struct lint_job *j, const struct lint_conn *c)
{
	if (!j || !j->paused || j->freed)
		return 0;
	j->freed = true;
	j->thread->abandoned++;
	if (c && !j->asked_ever && !j->again && j->pauses == 1 && c->error == 9 &&
	    !(j->wctx && j->wctx->callback) && j->process->mode != ATLS_MODE_BRIDGE)
		return HIT(l, WANT_ASYNC_UNHANDLED, "freed right after WANT_ASYNC", .job = j,
			   .conn = c);
	if (j->noticed != ATLS_NULL)
		return HIT(l, COMPLETED_BUT_ABANDONED, "done, freed, and not resumed", .job = j,
			   .conn = c);
	return HIT(l, FREED_WHILE_PAUSED,
		   c ? "SSL_free while the job is paused: it leaks"
		     : "ASYNC_WAIT_CTX_free while the job is paused: it leaks",
		   .job = j, .conn = c);
}

static void first(int64_t *slot, int64_t ts)
{
	if (*slot == ATLS_NULL)
		*slot = ts;
}

int atls_lint_notice(struct atls_lint *l, struct lint_job *j, const struct atls_event *e)
{
	if (j->freed && !j->own_engine && e->id != ATLS_EV_fd_ready)
		return HIT(l, FREED_WHILE_PAUSED,
			   "the engine woke a job whose connection is freed: use after free",
			   .job = j, .uncertain = true);
	j->done |= e->id == ATLS_EV_engine_done;
	if (e->id == ATLS_EV_fd_ready)
		first(&j->ready, l->now);
	else if (e->id != ATLS_EV_engine_done)
		first(&j->woken, l->now);
	j->self_wake |= !j->paused && e->id == ATLS_EV_wake && l->thread == j->thread;
	first(&j->noticed, l->now);
	return 0;
}

int atls_lint_job_left(struct atls_lint *l, struct lint_job *j)
{
	if (!j->paused || j->freed)
		return 0;
	if (j->noticed != ATLS_NULL)
		return note_late(l, j);
	if (l->now - j->pause <= l->limit[ATLS_LIMIT_STUCK])
		return 0;
	return HIT(l, LOST_WAKE, "paused to the end of the trace, and nothing was seen of it",
		   .job = j, .process = j->process, .cost_ns = l->now - j->pause, .no_thread = true,
		   .uncertain = true);
}

/* ---- pools, threads, fds -------------------------------------------------------------------- */

static int leave_thread(struct atls_lint *l, uint32_t paused, bool end)
{
	struct lint_thread *t = l->thread;
	char note[60];
	bool said = t->cleaned && end;

	t->pool = false;
	t->cleaned = !end && paused;
	if (!paused || said)
		return 0;
	snprintf(note, sizeof(note), "%u paused jobs", paused);
	return HIT(l, THREAD_ENDS_WITH_JOBS,
		   end ? "the thread ended" : "ASYNC_cleanup_thread was called", .note = note);
}

int atls_lint_pool_event(struct atls_lint *l, const struct atls_event *e)
{
	struct lint_thread *t = l->thread;
	bool twice = t->pool;
	char note[60];

	switch (e->id) {
	case ATLS_EV_pool_cleanup:
		return leave_thread(l, e->pool_cleanup.paused, false);
	case ATLS_EV_thread_end:
		return leave_thread(l, e->thread_end.paused, true);
	case ATLS_EV_no_fd:
		snprintf(note, sizeof(note), "the limit is %u", e->no_fd.limit);
		return HIT(l, NO_FD, "a pipe, eventfd or duplicate could not be made",
			   .note = note);
	}
	if (!e->pool_init.ok)
		return 0;
	t->pool = true;
	t->pool_max = e->pool_init.max;
	if (!twice)
		return 0;
	return HIT(l, INIT_THREAD_TWICE, t->open ? "with jobs in flight" : "the first pool leaks");
}

/* ---- the engine ----------------------------------------------------------------------------- */

static int submit(struct atls_lint *l, const struct atls_engine_submit *e)
{
	struct lint_process *p = l->thread->process;
	struct lint_job *j = atls_lint_find_job(l, e->job);
	struct lint_task *t;

	p->submits++;
	if (!j)
		return 0;
	t = atls_slab_get(&l->task_slab);
	if (!t || atls_map_put(&l->tasks, lint_key(p, e->task), t)) {
		atls_slab_put(&l->task_slab, t);
		return -ENOMEM;
	}
	t->process = p;
	t->job = e->job;
	j->tasks_open++;
	j->own_engine = j->submitted = true;
	j->noticed = ATLS_NULL;
	return 0;
}

static int complete(struct atls_lint *l, const struct atls_event *e)
{
	struct lint_process *p = l->thread->process;
	struct lint_task *t = atls_map_take(&l->tasks, lint_key(p, e->engine_done.task));
	struct lint_job *j;
	int ret = 0;

	if (!t)
		return 0;
	p->notices++;
	j = atls_map_get(&l->jobs, lint_key(t->process, t->job));
	if (j && j->tasks_open)
		j->tasks_open--;
	if (j && !j->tasks_open)
		ret = atls_lint_notice(l, j, e);
	atls_slab_put(&l->task_slab, t);
	return ret;
}

/* B3 (iii): the loop stands still meanwhile. */
static int compute_in_place(struct atls_lint *l, const struct atls_engine_inplace *e)
{
	struct lint_process *p = l->thread->process;
	struct lint_conn *c = e->conn ? atls_lint_get_conn(l, e->conn) : NULL;
	unsigned reason = e->reason < 8 ? e->reason : 7;

	p->in_place[reason]++;
	p->in_place_ns[reason] += e->cost;
	if (e->job || !l->thread->loops || e->cost <= l->limit[ATLS_LIMIT_SPIN])
		return 0;
	return HIT(l, BUSY_LOOP, "an operation outside any job blocks the event loop", .conn = c,
		   .cost_ns = e->cost);
}

int atls_lint_engine_event(struct atls_lint *l, const struct atls_event *e)
{
	switch (e->id) {
	case ATLS_EV_engine_submit:
		return submit(l, &e->engine_submit);
	case ATLS_EV_engine_done:
		return complete(l, e);
	case ATLS_EV_engine_inplace:
		return compute_in_place(l, &e->engine_inplace);
	default:
		l->thread->process->no_job++;
		return 0;
	}
}
