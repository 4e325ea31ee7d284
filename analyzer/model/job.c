/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of jobs, their slices and their waits.
 *
 * Slices go out as they end; the job's row when it ends. Events that contradict each other leave a
 * gap: the job goes on, and its outcome becomes unknown.
 */
#include "model/private.h"

/* ---- slices --------------------------------------------------------------------------------- */

static int put_slice(struct atls_model *m, const struct job *j, enum atls_phase phase, int64_t from,
		     int64_t to, uint32_t utid)
{
	struct job_rows *r = ROWS(j);
	struct atls_row_slice s = { .job_id = j->id,
				    .ts = from,
				    .dur = to - from,
				    .utid = utid ? utid : r->utid,
				    .home = j->thread->utid,
				    .phase = (uint8_t)phase };

	if (to == from)
		return 0;
	s.seq = r->seq++;
	r->phase_ns[phase] += s.dur;
	return m->sink->slice(m->ctx, &s);
}

static int put_wait(struct atls_model *m, const struct job *j, const struct atls_wait *w,
		    uint32_t evidence)
{
	struct atls_row_wait row = { .job_id = j->id,
				     .seq = j->pauses,
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
static void reset_wait(struct job_rows *r, const struct atls_cut *cut)
{
	r->late_wake = (cut->evidence & ATLS_EVIDENCE_READY) && r->wait.wake == ATLS_NULL &&
		       r->wait.done == ATLS_NULL;
	atls_wait_init(&r->wait);
}

/* The pause that began at j->since ends by a resume on thread t. */
static int end_wait(struct atls_model *m, const struct job *j, const struct thread *t)
{
	const struct thread_rows *loop = ROWS(t);
	struct job_rows *r = ROWS(j);
	struct atls_wait *w = &r->wait;
	struct atls_cut cut;
	int ret;

	w->pause = j->since;
	w->resume = j->last;
	w->turn = loop->turn;
	w->tasks_open = j->ntasks;
	w->pauser = r->utid;
	w->resumer = t->utid;
	atls_wait_cut(w, &cut);
	r->evidence |= cut.evidence;
	ret = put_wait(m, j, w, cut.evidence);
	if (!ret)
		ret = put_slice(m, j, ATLS_PHASE_OFFLOAD, w->pause, cut.d, w->pauser);
	if (!ret)
		ret = put_slice(m, j, ATLS_PHASE_NOTIFY, cut.d, cut.l, cut.notifier);
	if (!ret)
		ret = put_slice(m, j, ATLS_PHASE_REQUEUE, cut.l, w->resume, w->resumer);
	reset_wait(r, &cut);
	return ret;
}

/* The job goes from its state into the next, on the current thread. */
static int end_state(struct atls_model *m, const struct job *j)
{
	const struct thread *t = m->tracker->thread;
	struct job_rows *r = ROWS(j);
	int ret;

	if (j->paused)
		ret = end_wait(m, j, t);
	else
		ret = put_slice(m, j, ATLS_PHASE_BUSY, j->since, j->last, r->utid);
	r->utid = t->utid;
	return ret;
}

/* ---- jobs ----------------------------------------------------------------------------------- */

static uint32_t evidence_of(const struct atls_model *m, const struct job *j)
{
	const struct job_rows *r = ROWS(j);
	uint32_t evidence = r->evidence;

	if (j->partial)
		evidence |= ATLS_EVIDENCE_NO_START;
	if (j->gap)
		evidence |= ATLS_EVIDENCE_GAP;
	if (m->tracker->lost_until != ATLS_NULL && m->tracker->lost_until > j->begin)
		evidence |= ATLS_EVIDENCE_LOST;
	return evidence;
}

/* What is filled in already is dur, ret or open_phase, and the outcome if no event is missing. */
static int put_job(struct atls_model *m, const struct job *j, struct atls_row_job *row)
{
	const struct job_rows *r = ROWS(j);

	row->job_id = j->id;
	row->conn_id = j->conn_id;
	row->ts = j->begin;
	for (int i = 0; i < ATLS_NPHASES; i++)
		row->phase_ns[i] = r->phase_ns[i];
	row->utid = j->thread->utid;
	row->upid = j->process->upid;
	row->serial = j->serial;
	row->pauses = j->pauses;
	row->op = j->op;
	row->evidence = evidence_of(m, j);
	if (row->evidence & (ATLS_EVIDENCE_LOST | ATLS_EVIDENCE_GAP | ATLS_EVIDENCE_NO_START))
		row->outcome = ATLS_OUTCOME_UNKNOWN;
	return m->sink->job(m->ctx, row);
}

static int begin(void *self, struct job *j)
{
	struct atls_model *m = self;
	struct job_rows *r = ROWS(j);
	struct thread_rows *t = ROWS(j->thread);

	r->utid = j->thread->utid;
	atls_wait_init(&r->wait);
	t->row.jobs++;
	atls_wait_rows_add_job(m, j->wctx);
	return atls_model_open(m, ATLS_LEVEL_INFLIGHT, j->begin, 1);
}

static int change_state(void *self, struct job *j)
{
	return end_state(self, j);
}

static enum atls_outcome outcome_of(const struct atls_event *e)
{
	switch (e->id) {
	case ATLS_EV_job_finish:
		return ATLS_OUTCOME_FINISHED;
	case ATLS_EV_job_error:
		return ATLS_OUTCOME_ERROR;
	default:
		return ATLS_OUTCOME_NO_JOBS;
	}
}

static int end(void *self, struct job *j, const struct atls_event *e)
{
	struct atls_model *m = self;
	struct atls_row_job row = { .dur = j->last - j->begin,
				    .ret = ATLS_NULL,
				    .open_phase = ATLS_NULL,
				    .outcome = (uint8_t)outcome_of(e) };
	int ret = end_state(m, j);

	if (e->id == ATLS_EV_job_finish)
		row.ret = e->job_finish.ret;
	if (!ret)
		ret = put_job(m, j, &row);
	return ret ? ret : atls_model_open(m, ATLS_LEVEL_INFLIGHT, j->last, -1);
}

/* ---- jobs that do not end ------------------------------------------------------------------- */

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
static int put_open_wait(struct atls_model *m, const struct job *j, struct atls_cut *cut)
{
	struct job_rows *r = ROWS(j);
	struct atls_wait w = r->wait;
	int ret;

	w.pause = j->since;
	w.resume = j->last;
	w.tasks_open = j->ntasks;
	atls_wait_cut(&w, cut);
	w.resume = ATLS_NULL;
	r->evidence |= cut->evidence &
		       ~(ATLS_EVIDENCE_SPURIOUS | ATLS_EVIDENCE_MERGED | ATLS_EVIDENCE_UNTOLD);
	ret = put_wait(m, j, &w, cut->evidence & ~ATLS_EVIDENCE_SPURIOUS);
	if (!ret)
		ret = put_slice(m, j, ATLS_PHASE_OFFLOAD, j->since, cut->d, r->utid);
	if (!ret)
		ret = put_slice(m, j, ATLS_PHASE_NOTIFY, cut->d, cut->l, cut->notifier);
	if (!ret)
		ret = put_slice(m, j, ATLS_PHASE_REQUEUE, cut->l, j->last, 0);
	return ret;
}

static int put_unfinished(struct atls_model *m, const struct job *j, enum atls_outcome outcome)
{
	const struct job_rows *r = ROWS(j);
	struct atls_row_job row = { .dur = -1, .ret = ATLS_NULL, .outcome = (uint8_t)outcome };
	struct atls_cut cut = { 0 };
	int ret;

	if (j->paused)
		ret = put_open_wait(m, j, &cut);
	else
		ret = put_slice(m, j, ATLS_PHASE_BUSY, j->since, j->last, r->utid);
	row.open_phase = open_phase(j, &cut);
	return ret ? ret : put_job(m, j, &row);
}

static int lose(void *self, struct job *j)
{
	return put_unfinished(self, j, ATLS_OUTCOME_UNKNOWN);
}

static int leave(void *self, struct job *j)
{
	return put_unfinished(self, j, ATLS_OUTCOME_UNFINISHED);
}

/* ---- evidence ------------------------------------------------------------------------------- */

/* A new operation: what was seen of the one before does not speak for it. */
void atls_job_rows_task_begun(const struct job *j)
{
	struct job_rows *r = ROWS(j);

	if (!j->ntasks && !j->paused)
		atls_wait_init(&r->wait);
}

static void note_wake(const struct job *j, int64_t ts, uint32_t utid)
{
	struct job_rows *r = ROWS(j);

	if (!j->paused && r->late_wake) {
		r->late_wake = false;
		return;
	}
	if (r->wait.wake != ATLS_NULL)
		return;
	r->wait.wake = ts;
	r->wait.waker = utid;
}

/* Keep the first, or the first after the engine said done. */
static bool note(int64_t *slot, const struct atls_wait *w, int64_t ts)
{
	if (*slot != ATLS_NULL && (w->done == ATLS_NULL || *slot >= w->done))
		return false;
	*slot = ts;
	return true;
}

static int notice(void *self, struct job *j, const struct atls_event *e)
{
	struct atls_model *m = self;
	struct job_rows *r = ROWS(j);
	struct atls_wait *w = &r->wait;
	uint32_t utid = m->tracker->thread->utid;

	switch (e->id) {
	case ATLS_EV_engine_done:
		w->done = e->ts;
		w->doner = utid;
		break;
	case ATLS_EV_wake:
		note_wake(j, e->ts, utid);
		break;
	case ATLS_EV_fd_ready:
		note(&w->ready, w, e->ts);
		break;
	default: /* callback_fire */
		if (note(&w->fire, w, e->ts))
			w->firer = utid;
	}
	return 0;
}

void atls_job_rows_observe(struct atls_observer *o)
{
	o->part[ATLS_JOB] = sizeof(struct job_rows);
	o->job_begun = begin;
	o->job_paused = change_state;
	o->job_resumed = change_state;
	o->job_noticed = notice;
	o->job_ended = end;
	o->job_lost = lose;
	o->job_left = leave;
}
