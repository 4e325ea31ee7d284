/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of connections and their SSL calls, and the names that clients asked for. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/private.h"

static int meet(void *self, struct conn *c)
{
	struct atls_model *m = self;
	struct conn_rows *r = ROWS(c);

	r->first_call = r->call = ATLS_NULL;
	r->row = (struct atls_row_conn){
		.conn_id = c->id,
		.upid = c->process->upid,
		.serial = c->serial,
		.ts = m->tracker->now,
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
	return 0;
}

/* ---- calls ---------------------------------------------------------------------------------- */

static int begin_call(struct conn_rows *r, int64_t ts, uint8_t op)
{
	r->call = ts;
	if (r->first_call == ATLS_NULL)
		r->first_call = ts;
	if (op == ATLS_OP_HANDSHAKE && r->row.hs_ts == ATLS_NULL) {
		r->row.hs_ts = ts;
		r->row.hs_dur = -1;
	}
	return 0;
}

static int put_call(struct atls_model *m, const struct conn_rows *r, const struct atls_event *e)
{
	const struct atls_row_call row = {
		.call_id = ++m->last_call,
		.conn_id = r->row.conn_id,
		.ts = r->call,
		.dur = e->ts - r->call,
		.ret = e->ssl_end.ret,
		.utid = m->tracker->thread->utid,
		.op = e->ssl_end.op,
		.error = e->ssl_end.error,
	};

	return m->sink->call(m->ctx, &row);
}

static int end_call(struct atls_model *m, struct conn_rows *r, const struct atls_event *e)
{
	struct atls_row_tally *t =
		&m->tallies[e->ssl_end.op % CALL_OPS][e->ssl_end.error % CALL_ERRORS];
	int64_t dur;
	int ret = 0;

	if (r->call == ATLS_NULL) /* its begin is missing */
		return 0;
	dur = e->ts - r->call;
	t->calls++;
	t->sum_ns += dur;
	if (dur > t->max_ns)
		t->max_ns = dur;
	if (m->sink->call)
		ret = put_call(m, r, e);
	r->call = ATLS_NULL;
	return ret;
}

int atls_conn_rows_put_tallies(struct atls_model *m)
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

/* ---- handshakes and names ------------------------------------------------------------------- */

static int finish_handshake(void *self, struct conn *c, const struct atls_handshake *h)
{
	struct atls_model *m = self;
	struct conn_rows *r = ROWS(c);
	struct atls_row_conn *row = &r->row;

	/* SSL_read and SSL_write may do the handshake too. */
	if (row->hs_ts == ATLS_NULL)
		row->hs_ts = r->first_call != ATLS_NULL ? r->first_call : row->ts;
	row->hs_dur = m->tracker->now - row->hs_ts;
	row->side = h->side;
	row->version = h->version;
	row->cipher = h->cipher;
	row->resumed = h->resumed;
	row->key_group = h->group ? h->group : ATLS_NULL;
	row->sigalg = h->sigalg ? h->sigalg : ATLS_NULL;
	return 0;
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

static int take_name(struct atls_model *m, struct conn_rows *r, const struct atls_server_name *s)
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
	r->row.name = n ? n->id : ATLS_NULL;
	return 0;
}

int atls_conn_rows_put_names(struct atls_model *m)
{
	struct name *n;
	size_t cursor = 0;
	int ret = 0;

	while (!ret && (n = atls_map_next(&m->names, &cursor)))
		ret = m->sink->string(m->ctx, &(struct atls_row_string){ n->id, n->text });
	return ret;
}

/* ---- what is told --------------------------------------------------------------------------- */

static int take_event(void *self, struct conn *c, const struct atls_event *e)
{
	struct conn_rows *r = c ? ROWS(c) : NULL;

	switch (e->id) {
	case ATLS_EV_ssl_new:
		r->row.ssl_ptr = (int64_t)e->ssl_new.ptr;
		return 0;
	case ATLS_EV_ssl_begin:
		return begin_call(r, e->ts, e->ssl_begin.op);
	case ATLS_EV_ssl_end:
		return end_call(self, r, e);
	case ATLS_EV_server_name:
		return take_name(self, r, &e->server_name);
	default:
		return 0;
	}
}

static int leave(void *self, struct conn *c)
{
	struct atls_model *m = self;
	const struct conn_rows *r = ROWS(c);

	return c->id == ATLS_NULL ? 0 : m->sink->conn(m->ctx, &r->row);
}

static int end(void *self, struct conn *c)
{
	struct atls_model *m = self;
	struct conn_rows *r = ROWS(c);

	r->row.dur = m->tracker->now - r->row.ts;
	return leave(m, c);
}

void atls_conn_rows_observe(struct atls_observer *o)
{
	o->part[ATLS_CONN] = sizeof(struct conn_rows);
	o->conn_met = meet;
	o->conn_event = take_event;
	o->handshake_done = finish_handshake;
	o->conn_freed = end;
	o->conn_left = leave;
}
