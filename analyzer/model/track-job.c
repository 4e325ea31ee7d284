/* SPDX-License-Identifier: Apache-2.0 */
/* The tracker's jobs. See tracker.h for their life. */
#include <errno.h>

#include "model/tracker-private.h"

static struct job *find(const struct atls_tracker *t, uint32_t serial)
{
	return atls_track_find(t, &t->jobs, serial);
}

/* ---- beginning and ending ------------------------------------------------------------------- */

static struct job *add(struct atls_tracker *t, uint32_t serial)
{
	struct job *j = atls_track_add(t, ATLS_JOB, &t->jobs, serial);

	if (!j)
		return NULL;
	j->id = ++t->last_job;
	j->conn_id = ATLS_NULL;
	j->process = t->thread->process;
	j->thread = t->thread;
	j->serial = serial;
	j->begin = j->since = j->last = t->now;
	j->thread->njobs++;
	t->totals.jobs++;
	return j;
}

/* libssl has one job at a time on a connection: if there is another one, its end is missing. */
static int join_conn(struct atls_tracker *t, struct job *j, const struct atls_job_start *e)
{
	struct conn *c;
	int ret = atls_track_meet_conn(t, e->conn, &c);

	if (ret || !c)
		return ret;
	if (c->job)
		c->job->conn = NULL;
	c->job = j;
	c->wctx = e->wctx;
	j->conn = c;
	j->conn_id = c->id;
	return 0;
}

static int join_wctx(struct atls_tracker *t, struct job *j, uint32_t serial)
{
	int ret = serial ? atls_track_get_wctx(t, serial, &j->wctx) : 0;

	if (ret || !j->wctx)
		return ret;
	j->wctx->job = j;
	j->wctx->njobs++;
	return 0;
}

static void leave_wctx(struct atls_tracker *t, struct job *j)
{
	struct wctx *w = j->wctx;

	if (w->job == j)
		w->job = NULL;
	w->njobs--;
	atls_track_release_wctx(t, w);
}

static void forget(struct atls_tracker *t, struct job *j)
{
	if (j->conn)
		j->conn->job = NULL;
	if (j->wctx)
		leave_wctx(t, j);
	j->thread->njobs--;
	atls_track_forget(t, ATLS_JOB, &t->jobs, atls_track_key(j->process, j->serial), j);
}

/* ---- events --------------------------------------------------------------------------------- */

/* Serials are never reused: the end of a job that has this one is missing. */
static int lose(struct atls_tracker *t, struct job *j)
{
	int ret;

	if (!j)
		return 0;
	j->gap = true;
	ret = TELL(t, job_lost, j);
	forget(t, j);
	return ret;
}

static int start(struct atls_tracker *t, const struct atls_job_start *e)
{
	struct job *j;
	int ret = lose(t, find(t, e->job));

	if (ret)
		return ret;
	j = add(t, e->job);
	if (!j)
		return -ENOMEM;
	j->op = e->op;
	ret = join_conn(t, j, e);
	if (!ret)
		ret = join_wctx(t, j, e->wctx);
	return ret ? ret : TELL(t, job_begun, j);
}

/* The job that an event is about; one whose start was not seen begins here. */
static int touch(struct atls_tracker *t, uint32_t serial, struct job **found)
{
	struct job *j = find(t, serial);
	int ret = 0;

	if (!j) {
		j = add(t, serial);
		if (!j)
			return -ENOMEM;
		j->partial = true;
		ret = TELL(t, job_begun, j);
	}
	if (t->now > j->last)
		j->last = t->now;
	*found = j;
	return ret;
}

static void enter(struct job *j, bool paused)
{
	j->paused = paused;
	j->since = j->last;
}

static int pause_job(struct atls_tracker *t, struct job *j)
{
	int ret;

	j->gap |= j->paused;
	ret = TELL(t, job_paused, j);
	t->totals.jobs_paused += !j->pauses++;
	enter(j, true);
	return ret;
}

/* In a job whose start was not seen, neither was the first pause: no contradiction. */
static int resume(struct atls_tracker *t, struct job *j)
{
	int ret;

	j->gap |= !j->paused && !j->partial;
	ret = TELL(t, job_resumed, j);
	enter(j, false);
	return ret;
}

static int end(struct atls_tracker *t, struct job *j, const struct atls_event *e)
{
	int ret;

	j->gap |= j->paused;
	ret = TELL(t, job_ended, j, e);
	forget(t, j);
	return ret;
}

int atls_track_job_event(struct atls_tracker *t, const struct atls_event *e)
{
	struct job *j;
	int ret;

	switch (e->id) {
	case ATLS_EV_job_start:
		return start(t, &e->job_start);
	case ATLS_EV_job_nested:
		return TELL(t, job_event, find(t, e->job_nested.outer), e);
	case ATLS_EV_pause_blocked:
	case ATLS_EV_pause_unblocked:
	case ATLS_EV_pause_ignored:
		j = find(t, e->pause_ignored.job);
		return j ? TELL(t, job_event, j, e) : 0;
	}
	ret = touch(t, e->job_pause.job, &j);
	if (ret)
		return ret;
	if (e->id == ATLS_EV_job_pause)
		return pause_job(t, j);
	return e->id == ATLS_EV_job_resume ? resume(t, j) : end(t, j, e);
}
_Static_assert(!offsetof(struct atls_job_pause, job) && !offsetof(struct atls_job_resume, job) &&
		       !offsetof(struct atls_job_finish, job) &&
		       !offsetof(struct atls_job_error, job) &&
		       !offsetof(struct atls_job_no_jobs, job) &&
		       !offsetof(struct atls_pause_blocked, job) &&
		       !offsetof(struct atls_pause_unblocked, job) &&
		       !offsetof(struct atls_pause_ignored, job),
	       "the events about a job begin with it");

int atls_track_notice(struct atls_tracker *t, struct job *j, const struct atls_event *e)
{
	if (t->now > j->last)
		j->last = t->now;
	return TELL(t, job_noticed, j, e);
}
