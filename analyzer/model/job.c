/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model's jobs:
 *
 *   start --> running --pause--> paused --resume--> running --finish, error, no_jobs--> out
 *
 * Slices go out as they end; the job's row when it ends. An event that does not fit the state means
 * that events are missing: the job goes on, and its outcome becomes unknown.
 */
#include "model/private.h"

#include <errno.h>
#include <stdlib.h>

struct job *atls_job_find(struct atls_model *m, uint32_t serial)
{
	return atls_map_get(&m->jobs, atls_own_key(m, serial));
}

/* ---- slices --------------------------------------------------------------------------------- */

static int put_slice(struct atls_model *m, struct job *j, enum atls_phase phase, int64_t from,
		     int64_t to, uint32_t utid)
{
	struct atls_row_slice s = { .job_id = j->row.job_id,
				    .ts = from,
				    .dur = to - from,
				    .utid = utid ? utid : j->utid,
				    .home = j->row.utid,
				    .phase = (uint8_t)phase };

	if (to == from)
		return 0;
	s.seq = j->seq++;
	j->row.phase_ns[phase] += s.dur;
	return m->sink->slice(m->ctx, &s);
}

static int put_wait(struct atls_model *m, const struct job *j, const struct atls_wait *w,
		    uint32_t evidence)
{
	struct atls_row_wait row = { .job_id = j->row.job_id,
				     .seq = j->row.pauses,
				     .pause_ts = w->pause,
				     .resume_ts = w->resume,
				     .done_ts = w->done,
				     .wake_ts = w->wake,
				     .ready_ts = w->ready,
				     .fire_ts = w->fire,
				     .waker_utid = w->waker,
				     .evidence = evidence };

	return m->sink->wait(m->ctx, &row);
}

/* What comes after a wait knows nothing of it, except that its wake may still be under way. */
static void reset_wait(struct job *j, const struct atls_cut *cut)
{
	uint32_t open = j->wait.tasks_open;

	j->late_wake = cut && (cut->evidence & ATLS_EVIDENCE_READY) && j->wait.wake == ATLS_NULL &&
		       j->wait.done == ATLS_NULL;
	atls_wait_init(&j->wait);
	j->wait.tasks_open = open;
}

/* The pause that began at j->since ends at to by a resume on thread t. */
static int end_wait(struct atls_model *m, struct job *j, int64_t to, const struct thread *t)
{
	struct atls_wait *w = &j->wait;
	struct atls_cut cut;
	int ret;

	w->pause = j->since;
	w->resume = to;
	w->turn = t->turn;
	w->pauser = j->utid;
	w->resumer = t->row.utid;
	atls_wait_cut(w, &cut);
	j->row.evidence |= cut.evidence;
	ret = put_wait(m, j, w, cut.evidence);
	if (!ret)
		ret = put_slice(m, j, ATLS_PHASE_OFFLOAD, w->pause, cut.d, w->pauser);
	if (!ret)
		ret = put_slice(m, j, ATLS_PHASE_NOTIFY, cut.d, cut.l, cut.notifier);
	if (!ret)
		ret = put_slice(m, j, ATLS_PHASE_REQUEUE, cut.l, to, w->resumer);
	reset_wait(j, &cut);
	return ret;
}

/* The job goes from its state into the next at ts, on thread t. */
static int end_state(struct atls_model *m, struct job *j, int64_t ts, const struct thread *t)
{
	int ret;

	if (j->paused)
		ret = end_wait(m, j, ts, t);
	else
		ret = put_slice(m, j, ATLS_PHASE_BUSY, j->since, ts, j->utid);
	j->since = ts;
	j->utid = t->row.utid;
	return ret;
}

/* ---- beginning and ending jobs -------------------------------------------------------------- */

static struct job *add_job(struct atls_model *m, uint32_t serial, int64_t ts)
{
	struct job *j = atls_slab_get(&m->job_slab);

	if (!j || atls_map_put(&m->jobs, atls_own_key(m, serial), j)) {
		atls_slab_put(&m->job_slab, j);
		return NULL;
	}
	j->process = m->current->process;
	j->since = j->last = ts;
	j->utid = m->current->row.utid;
	j->row = (struct atls_row_job){ .job_id = ++m->last_job,
					.conn_id = ATLS_NULL,
					.ts = ts,
					.ret = ATLS_NULL,
					.open_phase = ATLS_NULL,
					.serial = serial,
					.upid = m->current->row.upid,
					.utid = j->utid };
	atls_wait_init(&j->wait);
	m->current->row.jobs++;
	return atls_model_open(m, ATLS_LEVEL_INFLIGHT, ts, 1) ? NULL : j;
}

static void forget(struct atls_model *m, struct job *j)
{
	uint64_t key = atls_key(j->process->row.upid, j->wctx);

	if (j->wctx && atls_map_get(&m->waiters, key) == j)
		atls_map_take(&m->waiters, key);
	atls_map_take(&m->jobs, atls_key(j->process->row.upid, j->row.serial));
	atls_slab_put(&m->job_slab, j);
}

/* Hand out the row and forget the job. */
static int put_job(struct atls_model *m, struct job *j, enum atls_outcome outcome)
{
	int ret;

	if (m->lost_until != ATLS_NULL && m->lost_until > j->row.ts)
		j->row.evidence |= ATLS_EVIDENCE_LOST;
	if (j->gap)
		j->row.evidence |= ATLS_EVIDENCE_GAP;
	if (j->row.evidence & (ATLS_EVIDENCE_LOST | ATLS_EVIDENCE_GAP | ATLS_EVIDENCE_NO_START))
		outcome = ATLS_OUTCOME_UNKNOWN;
	j->row.outcome = (uint8_t)outcome;
	m->totals.jobs++;
	m->totals.jobs_paused += j->row.pauses > 0;
	ret = m->sink->job(m->ctx, &j->row);
	if (!ret && j->row.dur >= 0)
		ret = atls_model_open(m, ATLS_LEVEL_INFLIGHT, j->last, -1);
	forget(m, j);
	return ret;
}

/* Where a paused job stands when no more is known of it. */
static enum atls_phase open_phase(const struct job *j, const struct atls_cut *cut)
{
	if (!j->paused)
		return ATLS_PHASE_BUSY;
	if (cut->evidence & (ATLS_EVIDENCE_MERGED | ATLS_EVIDENCE_SPURIOUS))
		return ATLS_PHASE_OFFLOAD;
	return cut->evidence & ATLS_EVIDENCE_UNTOLD ? ATLS_PHASE_NOTIFY : ATLS_PHASE_REQUEUE;
}

/* The tail of a paused job that never ends: its phases up to the last that was seen of it. */
static int put_open_wait(struct atls_model *m, struct job *j, struct atls_cut *cut)
{
	struct atls_wait w = j->wait;
	int ret;

	w.pause = j->since;
	w.resume = j->last;
	atls_wait_cut(&w, cut);
	w.resume = ATLS_NULL;
	j->row.evidence |= cut->evidence &
			   ~(ATLS_EVIDENCE_SPURIOUS | ATLS_EVIDENCE_MERGED | ATLS_EVIDENCE_UNTOLD);
	ret = put_wait(m, j, &w, cut->evidence & ~ATLS_EVIDENCE_SPURIOUS);
	if (!ret)
		ret = put_slice(m, j, ATLS_PHASE_OFFLOAD, j->since, cut->d, j->utid);
	if (!ret)
		ret = put_slice(m, j, ATLS_PHASE_NOTIFY, cut->d, cut->l, cut->notifier);
	if (!ret)
		ret = put_slice(m, j, ATLS_PHASE_REQUEUE, cut->l, j->last, 0);
	return ret;
}

/* Hand out a job of which no more comes. */
static int put_unfinished(struct atls_model *m, struct job *j, enum atls_outcome outcome)
{
	struct atls_cut cut = { 0 };
	int ret;

	if (j->paused)
		ret = put_open_wait(m, j, &cut);
	else
		ret = put_slice(m, j, ATLS_PHASE_BUSY, j->since, j->last, j->utid);
	j->row.open_phase = open_phase(j, &cut);
	j->row.dur = -1;
	return ret ? ret : put_job(m, j, outcome);
}

int atls_job_finish_all(struct atls_model *m)
{
	struct job *j;
	size_t cursor;
	int ret = 0;

	/* Handing out changes the map: start anew each time, from the slot that just became free. */
	for (cursor = 0; !ret && (j = atls_map_next(&m->jobs, &cursor)); cursor--)
		ret = put_unfinished(m, j, ATLS_OUTCOME_UNFINISHED);
	return ret;
}

/* ---- events --------------------------------------------------------------------------------- */

/* The job that an event is about; one whose start was not seen begins here. */
static struct job *touch(struct atls_model *m, uint32_t serial, int64_t ts)
{
	struct job *j = atls_job_find(m, serial);

	if (!j) {
		j = add_job(m, serial, ts);
		if (!j)
			return NULL;
		j->row.evidence |= ATLS_EVIDENCE_NO_START;
	}
	if (ts > j->last)
		j->last = ts;
	return j;
}

int atls_job_start(struct atls_model *m, const struct atls_event *e)
{
	struct job *j = atls_job_find(m, e->job_start.job);
	int ret = 0;

	if (j) {
		/* Serials are never reused: the end of that one is missing. */
		j->gap = true;
		ret = put_unfinished(m, j, ATLS_OUTCOME_UNKNOWN);
		if (ret)
			return ret;
	}
	j = add_job(m, e->job_start.job, e->ts);
	if (!j)
		return -ENOMEM;
	j->row.op = e->job_start.op;
	j->wctx = e->job_start.wctx;
	ret = atls_conn_id(m, e->job_start.conn, e->ts, &j->row.conn_id);
	if (!ret && j->wctx)
		ret = atls_map_put(&m->waiters, atls_own_key(m, j->wctx), j);
	return ret;
}

int atls_job_pause(struct atls_model *m, const struct atls_event *e)
{
	struct job *j = touch(m, e->job_pause.job, e->ts);
	int ret;

	if (!j)
		return -ENOMEM;
	j->gap |= j->paused;
	ret = end_state(m, j, j->last, m->current);
	j->paused = true;
	j->row.pauses++;
	return ret;
}

int atls_job_resume(struct atls_model *m, const struct atls_event *e)
{
	struct job *j = touch(m, e->job_resume.job, e->ts);
	int ret;

	if (!j)
		return -ENOMEM;
	/* In a job whose start was not seen, neither was the first pause: no contradiction. */
	j->gap |= !j->paused && !(j->row.evidence & ATLS_EVIDENCE_NO_START);
	ret = end_state(m, j, j->last, m->current);
	j->paused = false;
	return ret;
}

static uint32_t ended_job(const struct atls_event *e, enum atls_outcome *outcome)
{
	switch (e->id) {
	case ATLS_EV_job_finish:
		*outcome = ATLS_OUTCOME_FINISHED;
		return e->job_finish.job;
	case ATLS_EV_job_error:
		*outcome = ATLS_OUTCOME_ERROR;
		return e->job_error.job;
	default:
		*outcome = ATLS_OUTCOME_NO_JOBS;
		return e->job_no_jobs.job;
	}
}

int atls_job_end(struct atls_model *m, const struct atls_event *e)
{
	enum atls_outcome outcome;
	struct job *j = touch(m, ended_job(e, &outcome), e->ts);
	int ret;

	if (!j)
		return -ENOMEM;
	j->gap |= j->paused;
	ret = end_state(m, j, j->last, m->current);
	j->row.dur = j->last - j->row.ts;
	if (e->id == ATLS_EV_job_finish)
		j->row.ret = e->job_finish.ret;
	return ret ? ret : put_job(m, j, outcome);
}

/* ---- evidence ------------------------------------------------------------------------------- */

void atls_job_task_begun(struct job *j)
{
	uint32_t open = j->wait.tasks_open;

	/* A new operation: what was seen of the one before does not speak for it. */
	if (!open && !j->paused)
		atls_wait_init(&j->wait);
	j->wait.tasks_open = open + 1;
}

void atls_job_task_done(struct job *j, int64_t ts, uint32_t utid)
{
	struct atls_wait *w = &j->wait;

	if (ts > j->last)
		j->last = ts;
	if (w->tasks_open && --w->tasks_open)
		return;
	w->done = ts;
	w->doner = utid;
}

static void note_wake(struct job *j, int64_t ts, uint32_t utid)
{
	struct atls_wait *w = &j->wait;

	if (!j->paused && j->late_wake) {
		j->late_wake = false;
		return;
	}
	if (w->wake != ATLS_NULL)
		return;
	w->wake = ts;
	w->waker = utid;
}

/* Keep the first, or the first after the engine said done. */
static bool note(int64_t *slot, const struct atls_wait *w, int64_t ts)
{
	if (*slot != ATLS_NULL && (w->done == ATLS_NULL || *slot >= w->done))
		return false;
	*slot = ts;
	return true;
}

int atls_job_notice(struct atls_model *m, const struct atls_event *e)
{
	uint32_t utid = m->current->row.utid;
	struct job *j;

	/* All three begin with the wait context. */
	j = atls_map_get(&m->waiters, atls_own_key(m, e->wake.wctx));
	if (!j)
		return 0;
	if (e->ts > j->last)
		j->last = e->ts;
	if (e->id == ATLS_EV_wake)
		note_wake(j, e->ts, utid);
	else if (e->id == ATLS_EV_fd_ready)
		note(&j->wait.ready, &j->wait, e->ts);
	else if (note(&j->wait.fire, &j->wait, e->ts))
		j->wait.firer = utid;
	return 0;
}
_Static_assert(offsetof(struct atls_wake, wctx) == offsetof(struct atls_fd_ready, wctx) &&
		       offsetof(struct atls_wake, wctx) ==
			       offsetof(struct atls_callback_fire, wctx),
	       "the events about a wait context begin with it");
