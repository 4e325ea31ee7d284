/* SPDX-License-Identifier: Apache-2.0 */
/* The model's connections: from ssl_new, or the first that is heard of one, to ssl_free. */
#include "model/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct conn *touch(struct atls_model *m, uint32_t serial, int64_t ts)
{
	uint64_t key = atls_own_key(m, serial);
	struct conn *c = atls_map_get(&m->conns, key);

	if (c)
		return c;
	c = atls_slab_get(&m->conn_slab);
	if (!c || atls_map_put(&m->conns, key, c)) {
		atls_slab_put(&m->conn_slab, c);
		return NULL;
	}
	c->first_call = c->call = ATLS_NULL;
	c->row = (struct atls_row_conn){
		.conn_id = ++m->last_conn,
		.upid = m->current->row.upid,
		.serial = serial,
		.ts = ts,
		.dur = -1,
		.ssl_ptr = ATLS_NULL,
		.side = ATLS_NULL,
		.version = ATLS_NULL,
		.cipher = ATLS_NULL,
		.resumed = ATLS_NULL,
		.hs_ts = ATLS_NULL,
		.hs_dur = ATLS_NULL,
		.key_group = ATLS_NULL,
		.sigalg = ATLS_NULL,
		.name = ATLS_NULL,
	};
	return c;
}

int atls_conn_id(struct atls_model *m, uint32_t serial, int64_t ts, int64_t *conn_id)
{
	struct conn *c;

	*conn_id = ATLS_NULL;
	if (!serial)
		return 0;
	c = touch(m, serial, ts);
	if (!c)
		return -ENOMEM;
	*conn_id = c->row.conn_id;
	return 0;
}

static void begin_call(struct conn *c, int64_t ts, uint8_t op)
{
	c->call = ts;
	if (c->first_call == ATLS_NULL)
		c->first_call = ts;
	if (op == ATLS_OP_HANDSHAKE && c->row.hs_ts == ATLS_NULL) {
		c->row.hs_ts = ts;
		c->row.hs_dur = -1;
	}
}

static int put_call(struct atls_model *m, const struct conn *c, const struct atls_event *e)
{
	const struct atls_row_call row = {
		.call_id = ++m->last_call,
		.conn_id = c->row.conn_id,
		.ts = c->call,
		.dur = e->ts - c->call,
		.ret = e->ssl_end.ret,
		.utid = m->current->row.utid,
		.op = e->ssl_end.op,
		.error = e->ssl_end.error,
	};

	return m->sink->call(m->ctx, &row);
}

static int end_call(struct atls_model *m, struct conn *c, const struct atls_event *e)
{
	struct atls_row_tally *t =
		&m->tallies[e->ssl_end.op % CALL_OPS][e->ssl_end.error % CALL_ERRORS];
	int64_t dur;
	int ret = 0;

	if (c->call == ATLS_NULL) /* its begin is missing */
		return 0;
	dur = e->ts - c->call;
	t->calls++;
	t->sum_ns += dur;
	if (dur > t->max_ns)
		t->max_ns = dur;
	if (m->sink->call)
		ret = put_call(m, c, e);
	c->call = ATLS_NULL;
	return ret;
}

int atls_conn_put_tallies(struct atls_model *m)
{
	int ret = 0;

	for (int i = 0; i < CALL_OPS * CALL_ERRORS && !ret; i++) {
		struct atls_row_tally *t = &m->tallies[i / CALL_ERRORS][i % CALL_ERRORS];

		t->op = (uint8_t)(i / CALL_ERRORS);
		t->error = i % CALL_ERRORS;
		if (t->calls)
			ret = m->sink->tally(m->ctx, t);
	}
	return ret;
}

static void finish_handshake(struct conn *c, int64_t ts, const struct atls_handshake *h)
{
	struct atls_row_conn *row = &c->row;

	if (row->version != ATLS_NULL)
		return; /* a renegotiation */
	/* SSL_read and SSL_write may do the handshake too. */
	if (row->hs_ts == ATLS_NULL)
		row->hs_ts = c->first_call != ATLS_NULL ? c->first_call : row->ts;
	row->hs_dur = ts - row->hs_ts;
	row->side = h->side;
	row->version = h->version;
	row->cipher = h->cipher;
	row->resumed = h->resumed;
	row->key_group = h->group ? h->group : ATLS_NULL;
	row->sigalg = h->sigalg ? h->sigalg : ATLS_NULL;
}

/* Clients choose the names, so their number is bounded: from then on they are not told apart. */
#define MAX_NAMES 65536

static uint64_t hash(const char *text, size_t size)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < size && text[i]; i++)
		h = (h ^ (unsigned char)text[i]) * 0x100000001b3u;
	return h ? h : 1;
}

static int take_name(struct atls_model *m, struct conn *c, const struct atls_server_name *s)
{
	bool full = m->names.used >= MAX_NAMES;
	uint64_t key = full ? 0 : hash(s->name, sizeof(s->name));
	struct name *n = full ? NULL : atls_map_get(&m->names, key);

	if (!n && !full) {
		n = calloc(1, sizeof(*n));
		if (!n || atls_map_put(&m->names, key, n)) {
			free(n);
			return -ENOMEM;
		}
		n->id = (int64_t)m->names.used;
		memcpy(n->text, s->name, sizeof(n->text) - 1);
	}
	c->row.name = n ? n->id : ATLS_NULL;
	return 0;
}

int atls_conn_put_names(struct atls_model *m)
{
	struct name *n;
	size_t cursor = 0;
	int ret = 0;

	while (!ret && (n = atls_map_next(&m->names, &cursor)))
		ret = m->sink->string(m->ctx, &(struct atls_row_string){ n->id, n->text });
	return ret;
}

static int put(struct atls_model *m, struct conn *c)
{
	int ret = m->sink->conn(m->ctx, &c->row);

	m->totals.conns++;
	atls_map_take(&m->conns, atls_key(c->row.upid, c->row.serial));
	atls_slab_put(&m->conn_slab, c);
	return ret;
}

int atls_conn_event(struct atls_model *m, const struct atls_event *e)
{
	/* All five begin with the connection. */
	struct conn *c = e->ssl_new.conn ? touch(m, e->ssl_new.conn, e->ts) : NULL;

	if (!c)
		return e->ssl_new.conn ? -ENOMEM : 0;
	switch (e->id) {
	case ATLS_EV_ssl_new:
		c->row.ssl_ptr = (int64_t)e->ssl_new.ptr;
		break;
	case ATLS_EV_ssl_begin:
		begin_call(c, e->ts, e->ssl_begin.op);
		break;
	case ATLS_EV_ssl_end:
		return end_call(m, c, e);
	case ATLS_EV_handshake:
		finish_handshake(c, e->ts, &e->handshake);
		break;
	case ATLS_EV_server_name:
		return take_name(m, c, &e->server_name);
	case ATLS_EV_ssl_free:
		c->row.dur = e->ts - c->row.ts;
		return put(m, c);
	}
	return 0;
}
_Static_assert(!offsetof(struct atls_ssl_new, conn) && !offsetof(struct atls_ssl_free, conn) &&
		       !offsetof(struct atls_ssl_begin, conn) &&
		       !offsetof(struct atls_ssl_end, conn) &&
		       !offsetof(struct atls_handshake, conn) &&
		       !offsetof(struct atls_server_name, conn),
	       "the events about a connection begin with it");

int atls_conn_finish_all(struct atls_model *m)
{
	struct conn *c;
	size_t cursor;
	int ret = 0;

	for (cursor = 0; !ret && (c = atls_map_next(&m->conns, &cursor)); cursor--)
		ret = put(m, c);
	return ret;
}
