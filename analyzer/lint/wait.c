/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about wait contexts, their fds and callbacks: C1-C4, C6, C7, C10. */
#include <stdio.h>

#include "lint/private.h"

/* ---- which fds there are -------------------------------------------------------------------- */

/* C2. One that is set over a present one. */
static void fd_churn_over(struct atls_lint *l, const struct wctx *w,
			  const struct atls_wait_fd_set *e)
{
	if (e->again)
		HIT(l, FD_CHURN, OVER, .job = w->job, .fd = &e->fd);
}

/* C2. The list that the program gets. */
static void fd_churn_grows(struct atls_lint *l, const struct wctx *w, uint32_t fds)
{
	struct wctx_rules *r = RULES(w);

	if (fds <= r->most_fds)
		return;
	r->most_fds = fds;
	if (++r->growths == l->limit[ATLS_LIMIT_SETS])
		HIT(l, FD_CHURN, GROWS, .job = w->job, .since = w->begin);
}

/* C2, at the end of the wait context. */
static void fd_churn_each_pause(struct atls_lint *l, const struct wctx *w)
{
	const struct wctx_rules *r = RULES(w);
	char note[80];

	if (r->sets < l->limit[ATLS_LIMIT_SETS] || r->sets * 4 < r->pauses * 3)
		return;
	snprintf(note, sizeof(note), "%u fds in %u pauses of one wait context", r->sets, r->pauses);
	HIT(l, FD_CHURN, EACH_PAUSE, .process = w->process, .job = w->job, .no_thread = true,
	    .note = note);
}

/* C3. The engine's own threads may do as they like. */
static void fd_closed_early(struct atls_lint *l, const struct wctx *w,
			    const struct atls_wait_fd_close *e)
{
	bool waiting = w->job && w->job->paused;

	if (l->tracker->thread->role != ATLS_ROLE_ENGINE)
		HIT_CASE(l,
			 waiting ? ATLS_CASE_FD_CLOSED_EARLY_WAITING
				 : ATLS_CASE_FD_CLOSED_EARLY_IDLE,
			 .job = w->job, .fd = &e->fd);
}

static int set_fd(void *self, struct wfd *f, const struct atls_wait_fd_set *e)
{
	struct atls_lint *l = self;
	struct process_rules *p = RULES(f->wctx->process);
	struct wctx_rules *w = RULES(f->wctx);

	w->sets++;
	if (++p->fds > p->fds_peak)
		p->fds_peak = p->fds;
	fd_churn_over(l, f->wctx, e);
	return l->error;
}

static int clear_fd(void *self, struct wfd *f)
{
	struct atls_lint *l = self;
	struct process_rules *p = RULES(l->tracker->thread->process);

	p->fds -= p->fds > 0;
	return 0;
}

/* ---- what the program asks ------------------------------------------------------------------ */

/* C7. Somebody waits for an fd that is not published. */
static void callback_unused_no_fd(struct atls_lint *l, const struct wctx *w, uint32_t fds)
{
	if (w->callback && !fds && !w->fds && w->job && w->job->paused)
		HIT(l, CALLBACK_UNUSED, NO_FD, .job = w->job);
}

static void ask(struct atls_lint *l, const struct wctx *w, const struct atls_fds_asked *e)
{
	struct wctx_rules *r = RULES(w);
	struct job_rules *j = w->job ? RULES(w->job) : NULL;

	if (j)
		j->asked = j->asked_ever = true;
	if (e->fds == ATLS_FDS_CHANGED) {
		r->nadded = 0;
		return;
	}
	fd_churn_grows(l, w, e->added);
	callback_unused_no_fd(l, w, e->added);
}

static bool was_added(const struct wctx_rules *r, int32_t fd)
{
	for (int i = 0; i < r->nadded; i++)
		if (r->added[i] == fd)
			return true;
	return false;
}

/*
 * Note that the program was told. True if it was told before, and a job was resumed or ended since.
 */
static bool tell_again(struct wctx_rules *r, int32_t fd)
{
	int at = 0;
	bool again;

	while (at < r->ndeleted && r->deleted[at].fd != fd)
		at++;
	again = at < r->ndeleted && r->deleted[at].generation != r->generation;
	if (at < NOTED_FDS) {
		r->deleted[at].fd = fd;
		r->deleted[at].generation = r->generation;
		r->ndeleted += at == r->ndeleted;
	}
	return again;
}

/* C1 */
static void stale_deletion(struct atls_lint *l, const struct wctx *w, int32_t fd)
{
	struct wctx_rules *r = RULES(w);
	bool again = tell_again(r, fd);

	if (was_added(r, fd))
		HIT(l, STALE_DELETION, ADDED, .job = w->job, .fd = &fd);
	else if (again)
		HIT(l, STALE_DELETION, AGAIN, .job = w->job, .fd = &fd);
}

static void tell_change(struct atls_lint *l, const struct wctx *w, const struct atls_fd_changed *e)
{
	struct wctx_rules *r = RULES(w);

	if (!e->added)
		stale_deletion(l, w, e->fd);
	else if (r->nadded < NOTED_FDS)
		r->added[r->nadded++] = e->fd;
}

/* ---- wake-ups ------------------------------------------------------------------------------- */

/* C10. Nobody resumes the job, or drains the fd. */
static void loop_spin_ready(struct atls_lint *l, const struct wctx *w,
			    const struct atls_fd_ready *e)
{
	struct wctx_rules *r = RULES(w);

	if (++r->readies != l->limit[ATLS_LIMIT_READIES])
		return;
	HIT_CASE(l, w->job ? ATLS_CASE_LOOP_SPIN_NOT_RESUMED : ATLS_CASE_LOOP_SPIN_NO_JOB,
		 .job = w->job, .fd = &e->fd, .since = w->begin);
}

static void note_wake(const struct wctx *w, bool fired)
{
	struct process_rules *p = RULES(w->process);
	struct wctx_rules *r = RULES(w);

	p->notices++;
	r->fired |= fired;
}

/* C4 */
static void stray_wake(struct atls_lint *l, const struct wctx *w, const struct atls_wake_stray *e)
{
	HIT(l, STRAY_WAKE, WRITE, .job = w ? w->job : NULL, .fd = &e->fd);
}

static int take_event(void *self, struct wctx *w, const struct atls_event *e)
{
	struct atls_lint *l = self;

	switch (e->id) {
	case ATLS_EV_wake:
	case ATLS_EV_callback_fire:
		note_wake(w, e->id == ATLS_EV_callback_fire);
		break;
	case ATLS_EV_fd_ready:
		loop_spin_ready(l, w, &e->fd_ready);
		break;
	case ATLS_EV_fds_asked:
		ask(l, w, &e->fds_asked);
		break;
	case ATLS_EV_fd_changed:
		tell_change(l, w, &e->fd_changed);
		break;
	case ATLS_EV_wait_fd_close:
		fd_closed_early(l, w, &e->wait_fd_close);
		break;
	case ATLS_EV_wake_stray:
		stray_wake(l, w, &e->wake_stray);
		break;
	}
	return l->error;
}

/* ---- ends ----------------------------------------------------------------------------------- */

/* C6. Only where the program is seen to watch one of them. */
static void fd_missed(struct atls_lint *l, const struct wctx *w, const struct job *j)
{
	const struct job_rules *r = RULES(j);
	const int32_t *missed = NULL;
	int watched = 0;

	for (const struct wfd *f = w->fds; f; f = f->next)
		if (f->watched)
			watched++;
		else if (!missed)
			missed = &f->fd;
	if (watched && missed && r->asked && j->paused)
		HIT(l, FD_MISSED, SOME, .job = j, .fd = missed, .no_thread = true);
}

/* C7. The job waited and was woken some other way. */
static void callback_unused(struct atls_lint *l, const struct wctx *w, const struct job *j)
{
	const struct wctx_rules *r = RULES(w);
	const struct job_rules *job = RULES(j);

	if (!w->callback || r->fired || !j->pauses || j->paused || job->noticed != ATLS_NULL)
		return;
	if (r->sets || !w->status) /* else it is polled by status */
		HIT(l, CALLBACK_UNUSED, NOT_CALLED, .job = j, .no_thread = true);
}

void atls_lint_wait_over(struct atls_lint *l, const struct wctx *w, const struct job *j)
{
	struct wctx_rules *r = RULES(w);

	fd_missed(l, w, j);
	r->generation++;
	r->readies = 0;
	callback_unused(l, w, j);
}

static int leave(void *self, struct wctx *w)
{
	struct atls_lint *l = self;

	if (w->job && w->job->paused)
		fd_missed(l, w, w->job);
	fd_churn_each_pause(l, w);
	return l->error;
}

static int end(void *self, struct wctx *w)
{
	struct atls_lint *l = self;

	fd_churn_each_pause(l, w);
	atls_lint_abandon(l, w->job, w->job ? w->job->conn : NULL);
	return l->error;
}

/* It goes with its connection; what is said of it is not said again when it is freed. */
static int drop(void *self, struct wctx *w)
{
	struct wctx_rules *r = RULES(w);
	int ret = end(self, w);

	if (!w->job)
		*r = (struct wctx_rules){ 0 };
	return ret;
}

void atls_wait_rules_observe(struct atls_observer *o)
{
	o->part[ATLS_WCTX] = sizeof(struct wctx_rules);
	o->wctx_event = take_event;
	o->wctx_dropped = drop;
	o->wctx_freed = end;
	o->wctx_left = leave;
	o->wfd_set = set_fd;
	o->wfd_cleared = clear_fd;
}
