/* SPDX-License-Identifier: Apache-2.0 */
/* The model's wait contexts and their fds, each with its lifetime. Only for sinks that take them. */
#include <errno.h>

#include "model/private.h"

static struct wctx *find(const struct atls_model *m, uint32_t serial)
{
	return atls_map_get(&m->wctxs, atls_own_key(m, serial));
}

static struct wctx *touch(struct atls_model *m, uint32_t serial, int64_t ts)
{
	struct wctx *w = find(m, serial);

	if (w)
		return w;
	w = atls_slab_get(&m->wctx_slab);
	if (!w || atls_map_put(&m->wctxs, atls_own_key(m, serial), w)) {
		atls_slab_put(&m->wctx_slab, w);
		return NULL;
	}
	w->row = (struct atls_row_wctx){ .wctx_id = ++m->last_wctx,
					 .upid = m->current->row.upid,
					 .serial = serial,
					 .ts = ts,
					 .dur = -1,
					 .status = ATLS_NULL };
	return w;
}

/* ---- fds ------------------------------------------------------------------------------------ */

/* Where the fd hangs, or where the list ends. */
static struct wfd **find_fd(struct wctx *w, int32_t fd)
{
	struct wfd **at = &w->fds;

	while (*at && (*at)->row.fd != fd)
		at = &(*at)->next;
	return at;
}

static int put_fd(struct atls_model *m, struct wfd **at, int64_t end)
{
	struct wfd *f = *at;
	int ret;

	if (end != ATLS_NULL)
		f->row.dur = end - f->row.ts;
	ret = m->sink->wfd(m->ctx, &f->row);
	*at = f->next;
	atls_slab_put(&m->wfd_slab, f);
	return ret;
}

static int set_fd(struct atls_model *m, struct wctx *w, int32_t fd, int64_t ts)
{
	struct wfd **at = find_fd(w, fd), *f;
	int ret = *at ? put_fd(m, at, ts) : 0; /* its end is missing */

	if (ret)
		return ret;
	f = atls_slab_get(&m->wfd_slab);
	if (!f)
		return -ENOMEM;
	f->row = (struct atls_row_wfd){ .fd_id = ++m->last_wfd,
					.wctx_id = w->row.wctx_id,
					.utid = m->current->row.utid,
					.fd = fd,
					.ts = ts,
					.dur = -1 };
	f->next = w->fds;
	w->fds = f;
	w->row.fds++;
	return 0;
}

static int clear_fd(struct atls_model *m, struct wctx *w, int32_t fd, int64_t ts)
{
	struct wfd **at = w ? find_fd(w, fd) : NULL;

	return at && *at ? put_fd(m, at, ts) : 0;
}

static void note_fd(struct wctx *w, const struct atls_event *e)
{
	struct wfd *f = w ? *find_fd(w, e->wake.fd) : NULL;

	if (!f)
		return;
	f->row.wakes += e->id == ATLS_EV_wake;
	f->row.readies += e->id == ATLS_EV_fd_ready;
	f->row.watched |=
		e->id == ATLS_EV_wait_fd_watch && e->wait_fd_watch.watch != ATLS_WATCH_DEL;
}
_Static_assert(offsetof(struct atls_wake, fd) == offsetof(struct atls_fd_ready, fd) &&
		       offsetof(struct atls_wake, fd) == offsetof(struct atls_wait_fd_watch, fd),
	       "the fd follows the wait context");

/* ---- wait contexts -------------------------------------------------------------------------- */

/* end: ATLS_NULL if it is not known. */
static int put(struct atls_model *m, struct wctx *w, int64_t end)
{
	int ret = 0;

	while (!ret && w->fds)
		ret = put_fd(m, &w->fds, end);
	if (end != ATLS_NULL)
		w->row.dur = end - w->row.ts;
	if (!ret)
		ret = m->sink->wctx(m->ctx, &w->row);
	if (ret)
		return ret;
	atls_map_take(&m->wctxs, atls_key(w->row.upid, w->row.serial));
	atls_slab_put(&m->wctx_slab, w);
	return 0;
}

static int take_job(struct atls_model *m, const struct atls_event *e)
{
	struct wctx *w = e->job_start.wctx ? touch(m, e->job_start.wctx, e->ts) : NULL;

	if (!w)
		return e->job_start.wctx ? -ENOMEM : 0;
	w->row.jobs++;
	return 0;
}

int atls_wait_event(struct atls_model *m, const struct atls_event *e)
{
	struct wctx *w;

	switch (e->id) {
	case ATLS_EV_job_start:
		return take_job(m, e);
	case ATLS_EV_wait_fd_clear:
		return clear_fd(m, find(m, e->wait_fd_clear.wctx), e->wait_fd_clear.fd, e->ts);
	case ATLS_EV_wait_ctx_free:
		w = find(m, e->wait_ctx_free.wctx);
		return w ? put(m, w, e->ts) : 0;
	case ATLS_EV_wake:
	case ATLS_EV_fd_ready:
	case ATLS_EV_wait_fd_watch:
		note_fd(find(m, e->wake.wctx), e);
		return 0;
	}
	/* The others begin with it, and show that it is there. */
	w = touch(m, e->wait_fd_set.wctx, e->ts);
	if (!w)
		return -ENOMEM;
	if (e->id == ATLS_EV_wait_fd_set)
		return set_fd(m, w, e->wait_fd_set.fd, e->ts);
	if (e->id == ATLS_EV_wait_status)
		w->row.status = e->wait_status.status;
	if (e->id == ATLS_EV_wait_callback)
		w->row.callback |= e->wait_callback.set;
	return 0;
}

int atls_wait_finish_all(struct atls_model *m)
{
	struct wctx *w;
	size_t cursor;
	int ret = 0;

	for (cursor = 0; !ret && (w = atls_map_next(&m->wctxs, &cursor)); cursor--)
		ret = put(m, w, ATLS_NULL);
	return ret;
}
