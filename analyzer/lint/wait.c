/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about wait contexts, their fds and callbacks: C1-C4, C6, C7, C10; they also tell jobs of wake-ups. */
#include <errno.h>
#include <stdio.h>

#include "lint/private.h"

/* ---- which fds there are -------------------------------------------------------------------- */

static struct lint_fd *find_fd(struct lint_wctx *w, int32_t fd)
{
	for (int i = 0; i < w->nfds; i++)
		if (w->fds[i].fd == fd)
			return &w->fds[i];
	return NULL;
}

static int set_fd(struct atls_lint *l, struct lint_wctx *w, const struct atls_wait_fd_set *e)
{
	struct lint_process *p = w->process;

	w->sets++;
	if (w->nfds < WATCHED_FDS && !find_fd(w, e->fd))
		w->fds[w->nfds++] = (struct lint_fd){ .fd = e->fd };
	if (++p->fds > p->fds_peak) {
		p->fds_peak = p->fds;
		p->fds_peak_tid = l->thread->tid;
	}
	if (!e->again)
		return 0;
	return HIT(l, FD_CHURN, "set over a wait fd of the same key, which leaks", .job = w->job,
		   .fd = &e->fd);
}

static int clear_fd(struct lint_wctx *w, int32_t fd)
{
	struct lint_fd *at = find_fd(w, fd);

	if (w->process->fds)
		w->process->fds--;
	if (at)
		*at = w->fds[--w->nfds];
	return 0;
}

static void watch_fd(struct lint_wctx *w, const struct atls_wait_fd_watch *e)
{
	struct lint_fd *at = find_fd(w, e->fd);

	if (at)
		at->watched = e->watch != ATLS_WATCH_DEL;
}

/* C3. The engine's own threads may do as they like. */
static int close_fd(struct atls_lint *l, struct lint_wctx *w, const struct atls_wait_fd_close *e)
{
	if (l->thread->engine)
		return 0;
	return HIT(l, FD_CLOSED_EARLY,
		   w->job && w->job->paused ? "closed while a job waits for it"
					    : "closed while no job waits for it",
		   .job = w->job, .fd = &e->fd);
}

/* ---- what the program asks ------------------------------------------------------------------ */

static int ask(struct atls_lint *l, struct lint_wctx *w, const struct atls_fds_asked *e)
{
	struct lint_job *j = w->job;

	if (j)
		j->asked = j->asked_ever = true;
	if (e->fds == ATLS_FDS_CHANGED) {
		w->nadded = 0;
		return 0;
	}
	if (e->added > w->most_fds) {
		w->most_fds = e->added;
		if (++w->growths == l->limit[ATLS_LIMIT_SETS])
			return HIT(l, FD_CHURN, "the list of wait fds grows", .job = j,
				   .since = w->begin);
	}
	/* C7, the other way round: somebody who waits for an fd that is not published. */
	if (w->callback && !e->added && !w->nfds && j && j->paused)
		return HIT(l, CALLBACK_UNUSED,
			   "the program asks for an fd, and the engine has only the callback",
			   .job = j);
	return 0;
}

static bool was_added(const struct lint_wctx *w, int32_t fd)
{
	for (int i = 0; i < w->nadded; i++)
		if (w->added[i] == fd)
			return true;
	return false;
}

/* C1 */
static int tell_deleted(struct atls_lint *l, struct lint_wctx *w, int32_t fd)
{
	int at = 0;
	bool again;

	while (at < w->ndeleted && w->deleted[at].fd != fd)
		at++;
	again = at < w->ndeleted && w->deleted[at].generation != w->generation;
	if (at < WATCHED_FDS) {
		w->deleted[at].fd = fd;
		w->deleted[at].generation = w->generation;
		w->ndeleted += at == w->ndeleted;
	}
	if (was_added(w, fd))
		return HIT(l, STALE_DELETION, "one fd reported as added and as deleted",
			   .job = w->job, .fd = &fd);
	return again ? HIT(l, STALE_DELETION, "the same deletion reported twice", .job = w->job,
			   .fd = &fd)
		     : 0;
}

static int tell_change(struct atls_lint *l, struct lint_wctx *w, const struct atls_fd_changed *e)
{
	if (!e->added)
		return tell_deleted(l, w, e->fd);
	if (w->nadded < WATCHED_FDS)
		w->added[w->nadded++] = e->fd;
	return 0;
}

/* ---- wake-ups ------------------------------------------------------------------------------- */

/* C10. Nobody resumes the job, or drains the fd. */
static int note_ready(struct atls_lint *l, struct lint_wctx *w, const struct atls_event *e)
{
	if (++w->readies != l->limit[ATLS_LIMIT_READIES])
		return 0;
	return HIT(l, LOOP_SPIN,
		   w->job ? "a wait fd is reported ready on and on, and its job is not resumed"
			  : "a wait fd is reported ready on and on, and no job waits for it",
		   .job = w->job, .fd = &e->fd_ready.fd, .since = w->begin);
}

static int notice(struct atls_lint *l, struct lint_wctx *w, const struct atls_event *e)
{
	int ret = 0;

	w->process->notices += e->id != ATLS_EV_fd_ready;
	w->fired |= e->id == ATLS_EV_callback_fire;
	if (w->job)
		ret = atls_lint_notice(l, w->job, e);
	if (!ret && e->id == ATLS_EV_fd_ready)
		ret = note_ready(l, w, e);
	return ret;
}

/* C4 */
static int stray(struct atls_lint *l, const struct atls_wake_stray *e)
{
	struct lint_wctx *w = atls_lint_find_wctx(l, e->wctx);

	return HIT(l, STRAY_WAKE, "a write of 1 or 8 bytes to a former wait fd",
		   .job = w ? w->job : NULL, .fd = &e->fd);
}

/* ---- ends ----------------------------------------------------------------------------------- */

/* C6. Only where the program is seen to watch one of them. */
static int note_missed(struct atls_lint *l, const struct lint_wctx *w, const struct lint_job *j)
{
	const int32_t *missed = NULL;
	int watched = 0;

	for (int i = 0; i < w->nfds; i++)
		if (w->fds[i].watched)
			watched++;
		else
			missed = &w->fds[i].fd;
	if (!watched || !missed || !j->asked || !j->paused)
		return 0;
	return HIT(l, FD_MISSED, "asked for all, watches only some", .job = j, .fd = missed,
		   .no_thread = true);
}

/* C7. The job waited and was woken some other way. */
static int note_unused_callback(struct atls_lint *l, const struct lint_wctx *w,
				const struct lint_job *j)
{
	if (!w->callback || w->fired || !j->pauses || j->paused || j->noticed != ATLS_NULL)
		return 0;
	if (!w->sets && w->status)
		return 0; /* it is polled by status */
	return HIT(l, CALLBACK_UNUSED, "the engine never called the callback", .job = j,
		   .no_thread = true);
}

int atls_lint_wait_over(struct atls_lint *l, struct lint_wctx *w, const struct lint_job *j)
{
	int ret = note_missed(l, w, j);

	w->generation++;
	w->readies = 0;
	return ret ? ret : note_unused_callback(l, w, j);
}

/* C2. One fd a pause. */
static int note_churn(struct atls_lint *l, const struct lint_wctx *w)
{
	char note[80];

	if (w->sets < l->limit[ATLS_LIMIT_SETS] || w->sets * 4 < w->pauses * 3)
		return 0;
	snprintf(note, sizeof(note), "%u fds in %u pauses of one wait context", w->sets, w->pauses);
	return HIT(l, FD_CHURN, "a new fd at every pause", .process = w->process, .job = w->job,
		   .no_thread = true, .note = note);
}

int atls_lint_wctx_left(struct atls_lint *l, struct lint_wctx *w)
{
	int ret = w->job && w->job->paused ? note_missed(l, w, w->job) : 0;

	return ret ? ret : note_churn(l, w);
}

int atls_lint_wctx_free(struct atls_lint *l, struct lint_wctx *w)
{
	int ret = w ? note_churn(l, w) : 0;

	if (!w)
		return 0;
	if (!ret)
		ret = atls_lint_abandon(l, w->job, w->job ? w->job->conn : NULL);
	if (ret || w->job)
		return ret; /* the job may still be woken by this id */
	atls_map_take(&l->wctxs, lint_key(w->process, w->serial));
	atls_slab_put(&l->wctx_slab, w);
	return 0;
}

/* ---- events --------------------------------------------------------------------------------- */

int atls_lint_wait_event(struct atls_lint *l, const struct atls_event *e)
{
	/* All begin with the wait context. */
	struct lint_wctx *w;

	if (e->id == ATLS_EV_wake_stray)
		return stray(l, &e->wake_stray);
	if (e->id == ATLS_EV_wait_ctx_free || e->id == ATLS_EV_wait_fd_clear) {
		/* It went with its connection already, if there is none. */
		w = atls_lint_find_wctx(l, e->wake.wctx);
		if (w)
			return e->id == ATLS_EV_wait_ctx_free ? atls_lint_wctx_free(l, w)
							      : clear_fd(w, e->wait_fd_clear.fd);
		l->thread->process->fds -=
			l->thread->process->fds && e->id == ATLS_EV_wait_fd_clear;
		return 0;
	}
	w = atls_lint_get_wctx(l, e->wake.wctx);
	if (!w)
		return -ENOMEM;
	switch (e->id) {
	case ATLS_EV_wait_fd_set:
		return set_fd(l, w, &e->wait_fd_set);
	case ATLS_EV_wait_fd_watch:
		watch_fd(w, &e->wait_fd_watch);
		return 0;
	case ATLS_EV_wait_fd_close:
		return close_fd(l, w, &e->wait_fd_close);
	case ATLS_EV_wait_status:
		w->status = e->wait_status.status;
		return 0;
	case ATLS_EV_wait_callback:
		w->callback = e->wait_callback.set;
		return 0;
	case ATLS_EV_fds_asked:
		return ask(l, w, &e->fds_asked);
	case ATLS_EV_fd_changed:
		return tell_change(l, w, &e->fd_changed);
	default: /* wake, callback_fire, fd_ready */
		return notice(l, w, e);
	}
}
_Static_assert(!offsetof(struct atls_wait_fd_set, wctx) &&
		       !offsetof(struct atls_wait_fd_clear, wctx) &&
		       !offsetof(struct atls_wait_fd_watch, wctx) &&
		       !offsetof(struct atls_wait_fd_close, wctx) &&
		       !offsetof(struct atls_wait_status, wctx) &&
		       !offsetof(struct atls_wait_callback, wctx) &&
		       !offsetof(struct atls_wait_ctx_free, wctx) &&
		       !offsetof(struct atls_fds_asked, wctx) &&
		       !offsetof(struct atls_fd_changed, wctx) &&
		       !offsetof(struct atls_wake, wctx) &&
		       !offsetof(struct atls_callback_fire, wctx) &&
		       !offsetof(struct atls_fd_ready, wctx),
	       "the events about a wait context begin with it");
