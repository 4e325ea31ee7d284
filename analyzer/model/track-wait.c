/* SPDX-License-Identifier: Apache-2.0 */
/* The tracker's wait contexts and their fds. */
#include <errno.h>

#include "model/tracker-private.h"

static struct wctx *find(const struct atls_tracker *t, uint32_t serial)
{
	return atls_track_find(t, &t->wctxs, serial);
}

int atls_track_get_wctx(struct atls_tracker *t, uint32_t serial, struct wctx **found)
{
	struct wctx *w = find(t, serial);

	*found = w;
	if (w)
		return 0;
	w = atls_track_add(t, ATLS_WCTX, &t->wctxs, serial);
	if (!w)
		return -ENOMEM;
	w->process = t->thread->process;
	w->begin = t->now;
	w->serial = serial;
	*found = w;
	return 0;
}

/* ---- fds ------------------------------------------------------------------------------------ */

/* Where the fd hangs, or where the list ends. */
static struct wfd **find_fd(struct wctx *w, int32_t fd)
{
	struct wfd **at = &w->fds;

	while (*at && (*at)->fd != fd)
		at = &(*at)->next;
	return at;
}

static int set_fd(struct atls_tracker *t, struct wctx *w, const struct atls_wait_fd_set *e)
{
	struct wfd *f = *find_fd(w, e->fd);

	if (!f) {
		f = atls_track_make(t, ATLS_WFD);
		if (!f)
			return -ENOMEM;
		f->wctx = w;
		f->fd = e->fd;
		f->next = w->fds;
		w->fds = f;
	}
	return TELL(t, wfd_set, f, e);
}

static void drop_fd(struct atls_tracker *t, struct wfd **at)
{
	struct wfd *f = *at;

	*at = f->next;
	atls_track_drop(t, ATLS_WFD, f);
}

static int clear_fd(struct atls_tracker *t, const struct atls_wait_fd_clear *e)
{
	struct wctx *w = find(t, e->wctx);
	struct wfd **at = w ? find_fd(w, e->fd) : NULL;
	int ret = TELL(t, wfd_cleared, at ? *at : NULL);

	if (at && *at)
		drop_fd(t, at);
	return ret;
}

static int note_fd(struct atls_tracker *t, struct wctx *w, const struct atls_event *e)
{
	struct wfd *f = *find_fd(w, e->wake.fd);
	int ret = f ? TELL(t, wfd_event, f, e) : 0;

	if (f && e->id == ATLS_EV_wait_fd_watch)
		f->watched = e->wait_fd_watch.watch != ATLS_WATCH_DEL;
	return ret;
}
_Static_assert(offsetof(struct atls_wake, fd) == offsetof(struct atls_fd_ready, fd) &&
		       offsetof(struct atls_wake, fd) == offsetof(struct atls_wait_fd_watch, fd),
	       "the fd follows the wait context");

/* ---- ends ----------------------------------------------------------------------------------- */

int atls_track_drop_wctx(struct atls_tracker *t, uint32_t serial)
{
	struct wctx *w = serial ? find(t, serial) : NULL;

	return w ? TELL(t, wctx_dropped, w) : 0;
}

static int free_wctx(struct atls_tracker *t, struct wctx *w)
{
	int ret;

	if (!w)
		return 0;
	ret = TELL(t, wctx_freed, w);
	w->freed = true;
	atls_track_release_wctx(t, w);
	return ret;
}

void atls_track_release_wctx(struct atls_tracker *t, struct wctx *w)
{
	if (!w->freed || w->njobs)
		return;
	while (w->fds)
		drop_fd(t, &w->fds);
	atls_track_forget(t, ATLS_WCTX, &t->wctxs, atls_track_key(w->process, w->serial), w);
}

/* ---- events --------------------------------------------------------------------------------- */

/* What tells the job that waits, besides. */
static int signal_wctx(struct atls_tracker *t, struct wctx *w, const struct atls_event *e)
{
	int ret = e->id == ATLS_EV_callback_fire ? 0 : note_fd(t, w, e);

	if (!ret)
		ret = TELL(t, wctx_event, w, e);
	return ret || !w->job ? ret : atls_track_notice(t, w->job, e);
}

static int take(struct atls_tracker *t, struct wctx *w, const struct atls_event *e)
{
	int ret;

	switch (e->id) {
	case ATLS_EV_wait_fd_set:
		return set_fd(t, w, &e->wait_fd_set);
	case ATLS_EV_wait_fd_watch:
		return note_fd(t, w, e);
	case ATLS_EV_callback_fire:
	case ATLS_EV_wake:
	case ATLS_EV_fd_ready:
		return signal_wctx(t, w, e);
	}
	ret = TELL(t, wctx_event, w, e);
	if (e->id == ATLS_EV_wait_status)
		w->status = e->wait_status.status;
	if (e->id == ATLS_EV_wait_callback)
		w->callback = e->wait_callback.set;
	return ret;
}

int atls_track_wait_event(struct atls_tracker *t, const struct atls_event *e)
{
	struct wctx *w;
	int ret;

	switch (e->id) {
	case ATLS_EV_wait_fd_clear:
		return clear_fd(t, &e->wait_fd_clear);
	case ATLS_EV_wait_ctx_free:
		return free_wctx(t, find(t, e->wait_ctx_free.wctx));
	case ATLS_EV_wake_stray:
		return TELL(t, wctx_event, find(t, e->wake_stray.wctx), e);
	}
	/* The others show that it is there. */
	ret = atls_track_get_wctx(t, e->wake.wctx, &w);
	return ret ? ret : take(t, w, e);
}
_Static_assert(!offsetof(struct atls_wait_ctx_new, wctx) &&
		       !offsetof(struct atls_wait_fd_set, wctx) &&
		       !offsetof(struct atls_wait_fd_watch, wctx) &&
		       !offsetof(struct atls_wait_fd_close, wctx) &&
		       !offsetof(struct atls_wait_status, wctx) &&
		       !offsetof(struct atls_wait_callback, wctx) &&
		       !offsetof(struct atls_fds_asked, wctx) &&
		       !offsetof(struct atls_fd_changed, wctx) &&
		       !offsetof(struct atls_wake, wctx) &&
		       !offsetof(struct atls_callback_fire, wctx) &&
		       !offsetof(struct atls_fd_ready, wctx),
	       "the events about a wait context begin with it");
