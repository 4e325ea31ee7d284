/* SPDX-License-Identifier: Apache-2.0 */
/* The tracker's connections. */
#include <errno.h>

#include "model/tracker-private.h"

int atls_track_get_conn(struct atls_tracker *t, uint32_t serial, struct conn **found)
{
	struct conn *c = serial ? atls_track_find(t, &t->conns, serial) : NULL;

	*found = c;
	if (c || !serial)
		return 0;
	c = atls_track_add(t, ATLS_CONN, &t->conns, serial);
	if (!c)
		return -ENOMEM;
	c->id = ATLS_NULL;
	c->process = t->thread->process;
	c->begin = t->now;
	c->serial = serial;
	*found = c;
	return 0;
}

int atls_track_meet_conn(struct atls_tracker *t, uint32_t serial, struct conn **found)
{
	int ret = atls_track_get_conn(t, serial, found);
	struct conn *c = *found;

	if (ret || !c || c->id != ATLS_NULL)
		return ret;
	c->id = ++t->last_conn;
	t->totals.conns++;
	return TELL(t, conn_met, c);
}

static int complete(struct atls_tracker *t, struct conn *c, const struct atls_handshake *e)
{
	int ret = c->handshaken ? 0 : TELL(t, handshake_done, c, e);

	c->handshaken = true;
	return ret;
}

static int free_conn(struct atls_tracker *t, struct conn *c)
{
	int ret = TELL(t, conn_freed, c);

	if (c->job)
		c->job->conn = NULL;
	if (!ret)
		ret = atls_track_drop_wctx(t, c->wctx);
	atls_track_forget(t, ATLS_CONN, &t->conns, atls_track_key(c->process, c->serial), c);
	return ret;
}

/* What is only said about a connection; ssl_callback may be about a context, too. */
static int note(struct atls_tracker *t, const struct atls_event *e)
{
	struct conn *c;
	int ret = atls_track_get_conn(t, e->ssl_query.conn, &c);

	if (ret || (!c && e->id != ATLS_EV_ssl_callback))
		return ret;
	return TELL(t, conn_event, c, e);
}

/* What happens to it. */
static int take(struct atls_tracker *t, const struct atls_event *e)
{
	struct conn *c;
	int ret = atls_track_meet_conn(t, e->ssl_new.conn, &c);

	if (ret || !c)
		return ret;
	if (e->id == ATLS_EV_handshake)
		return complete(t, c, &e->handshake);
	return e->id == ATLS_EV_ssl_free ? free_conn(t, c) : TELL(t, conn_event, c, e);
}

int atls_track_conn_event(struct atls_tracker *t, const struct atls_event *e)
{
	switch (e->id) {
	case ATLS_EV_ssl_callback:
	case ATLS_EV_ssl_query:
	case ATLS_EV_resume_differs:
	case ATLS_EV_watch_churn:
		return note(t, e);
	default:
		return take(t, e);
	}
}
_Static_assert(!offsetof(struct atls_ssl_new, conn) && !offsetof(struct atls_ssl_free, conn) &&
		       !offsetof(struct atls_ssl_begin, conn) &&
		       !offsetof(struct atls_ssl_end, conn) &&
		       !offsetof(struct atls_ssl_callback, conn) &&
		       !offsetof(struct atls_ssl_query, conn) &&
		       !offsetof(struct atls_handshake, conn) &&
		       !offsetof(struct atls_server_name, conn) &&
		       !offsetof(struct atls_resume_differs, conn) &&
		       !offsetof(struct atls_watch_churn, conn),
	       "the events about a connection begin with it");
