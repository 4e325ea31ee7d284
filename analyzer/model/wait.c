/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of wait contexts and their fds, each with its lifetime. Only for sinks that take them. */
#include "model/private.h"

/* The wait context is there: it has a row from now on. */
static struct wctx_rows *list(struct atls_model *m, const struct wctx *w)
{
	struct wctx_rows *r = ROWS(w);

	if (r->row.wctx_id || !m->sink->wctx)
		return r;
	r->row = (struct atls_row_wctx){ .wctx_id = ++m->last_wctx,
					 .upid = w->process->upid,
					 .serial = w->serial,
					 .ts = m->tracker->now,
					 .dur = -1,
					 .status = ATLS_NULL };
	return r;
}

void atls_wait_rows_add_job(struct atls_model *m, struct wctx *w)
{
	if (w)
		list(m, w)->row.jobs++;
}

/* ---- fds ------------------------------------------------------------------------------------ */

/* The row of the fd, if it has one, ends at end; ATLS_NULL: it is not known when. */
static int put_fd(struct atls_model *m, const struct wfd *f, int64_t end)
{
	struct wfd_rows *r = ROWS(f);
	struct atls_row_wfd row = r->row;

	r->row.fd_id = 0;
	if (!row.fd_id)
		return 0;
	if (end != ATLS_NULL)
		row.dur = end - row.ts;
	return m->sink->wfd(m->ctx, &row);
}

static int set_fd(void *self, struct wfd *f, const struct atls_wait_fd_set *e)
{
	struct atls_model *m = self;
	struct wctx_rows *w = list(m, f->wctx);
	struct wfd_rows *r = ROWS(f);
	int ret = put_fd(m, f, m->tracker->now); /* its end is missing */

	if (ret || !w->row.wctx_id)
		return ret;
	r->row = (struct atls_row_wfd){ .fd_id = ++m->last_wfd,
					.wctx_id = w->row.wctx_id,
					.utid = m->tracker->thread->utid,
					.fd = f->fd,
					.ts = m->tracker->now,
					.dur = -1 };
	w->row.fds++;
	return 0;
}

static int clear_fd(void *self, struct wfd *f)
{
	struct atls_model *m = self;

	return f ? put_fd(m, f, m->tracker->now) : 0;
}

static int note_fd(void *self, struct wfd *f, const struct atls_event *e)
{
	struct wfd_rows *r = ROWS(f);

	r->row.wakes += e->id == ATLS_EV_wake;
	r->row.readies += e->id == ATLS_EV_fd_ready;
	r->row.watched |=
		e->id == ATLS_EV_wait_fd_watch && e->wait_fd_watch.watch != ATLS_WATCH_DEL;
	return 0;
}

/* ---- wait contexts -------------------------------------------------------------------------- */

static int put(struct atls_model *m, const struct wctx *w, int64_t end)
{
	struct wctx_rows *r = ROWS(w);
	struct atls_row_wctx row = r->row;
	int ret = 0;

	r->row.wctx_id = 0;
	if (!row.wctx_id)
		return 0;
	for (const struct wfd *f = w->fds; f && !ret; f = f->next)
		ret = put_fd(m, f, end);
	if (end != ATLS_NULL)
		row.dur = end - row.ts;
	return ret ? ret : m->sink->wctx(m->ctx, &row);
}

static int take_event(void *self, struct wctx *w, const struct atls_event *e)
{
	switch (e->id) {
	case ATLS_EV_wait_ctx_new:
		list(self, w);
		break;
	case ATLS_EV_wait_status:
		list(self, w)->row.status = e->wait_status.status;
		break;
	case ATLS_EV_wait_callback:
		list(self, w)->row.callback |= e->wait_callback.set;
		break;
	}
	return 0;
}

static int end(void *self, struct wctx *w)
{
	struct atls_model *m = self;

	return put(m, w, m->tracker->now);
}

static int leave(void *self, struct wctx *w)
{
	return put(self, w, ATLS_NULL);
}

void atls_wait_rows_observe(struct atls_observer *o)
{
	o->part[ATLS_WCTX] = sizeof(struct wctx_rows);
	o->part[ATLS_WFD] = sizeof(struct wfd_rows);
	o->wctx_event = take_event;
	o->wctx_freed = end;
	o->wctx_left = leave;
	o->wfd_set = set_fd;
	o->wfd_event = note_fd;
	o->wfd_cleared = clear_fd;
}
