/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about connections and their SSL calls: A4, B4-B6, C8, C10, D6, D7. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "lint/private.h"

/* A job that runs the connection's handshake, and waits. */
static bool handshake_waits(const struct lint_conn *c)
{
	return c->job && c->job->paused && !c->handshaken && c->job->op == ATLS_OP_HANDSHAKE;
}

static int begin_call(struct atls_lint *l, struct lint_conn *c, uint8_t op)
{
	c->paused_in_call = c->finished_in_call = false;
	if (c->job && c->job->paused)
		c->job->again = true;
	if (!handshake_waits(c) || c->process->mode == ATLS_MODE_BRIDGE)
		return 0;
	if (op == ATLS_OP_SHUTDOWN)
		return HIT(l, SHUTDOWN_WHILE_PAUSED, "SSL_shutdown in a paused handshake",
			   .job = c->job, .conn = c);
	if (op == ATLS_OP_READ || op == ATLS_OP_WRITE)
		return HIT(l, DATA_WHILE_PAUSED,
			   op == ATLS_OP_READ ? "SSL_read in a paused handshake"
					      : "SSL_write in a paused handshake",
			   .job = c->job, .conn = c);
	return 0;
}

/* B4. Whose error it is: that of the connection whose call failed last on this thread. */
static int note_foreign_error(struct atls_lint *l, const struct lint_conn *c)
{
	uint32_t other = l->thread->error_conn;
	char note[100] = "";

	if (other && other != c->serial)
		snprintf(
			note, sizeof(note),
			"the call that failed before it on the thread was one of connection %" PRId64,
			atls_model_conn_id(l->model, c->process->pid, other));
	return HIT(l, FOREIGN_ERROR, "SSL_get_error names an error while the job waits",
		   .job = c->job, .conn = c, .note = note);
}

static int end_call(struct atls_lint *l, struct lint_conn *c, const struct atls_ssl_end *e)
{
	bool failed = e->error == 1 || e->error == 5;
	int ret = 0;

	if (c->paused_in_call && c->job && c->job->paused && failed)
		ret = note_foreign_error(l, c);
	else if (e->error == 9 && !c->job && c->finished_in_call)
		ret = HIT(l, STALE_WANT_ASYNC, "WANT_ASYNC from a call whose job finished",
			  .conn = c);
	else if (failed) {
		l->thread->error_conn = c->serial;
		l->thread->error_ts = l->now;
	}
	c->error = e->error;
	return ret;
}

/* The answer changed after the call: only somebody else's error can do that while the job waits. */
static int query(struct atls_lint *l, struct lint_conn *c, const struct atls_ssl_query *e)
{
	if (e->query != ATLS_QUERY_ERROR || e->answer != 1 || !c->job || !c->job->paused ||
	    c->error != 9)
		return 0;
	return note_foreign_error(l, c);
}

/* B6; what D7 has said is not said again. */
static int differ(struct atls_lint *l, const struct lint_conn *c,
		  const struct atls_resume_differs *e)
{
	if (e->was != e->now) {
		if (handshake_waits(c) && (e->now == ATLS_OP_READ || e->now == ATLS_OP_WRITE))
			return 0;
		return HIT(l, RESUME_DIFFERS, "by a call of another kind", .job = c->job,
			   .conn = c);
	}
	return HIT(l, RESUME_DIFFERS,
		   e->buffer ? "with another buffer" : "with the same buffer and another length",
		   .job = c->job, .conn = c);
}

/* C8 */
static int set_callback(struct atls_lint *l, const struct atls_ssl_callback *e)
{
	struct lint_process *p = l->thread->process;
	struct lint_conn *c;
	bool had;

	if (!e->conn) {
		p->ctx_callback |= e->set;
		return 0;
	}
	c = atls_lint_get_conn(l, e->conn);
	if (!c)
		return -ENOMEM;
	had = c->callback || p->ctx_callback;
	c->callback = e->set;
	if (!c->started || had == (bool)e->set)
		return 0;
	return HIT(l, CALLBACK_LATE,
		   e->set ? "first set after the first job" : "removed after the first job",
		   .conn = c, .job = c->job);
}

static int set_mode(struct atls_lint *l, const struct atls_ssl_mode *e)
{
	l->thread->process->async |= e->async;
	return 0;
}

/* D6: counted here, judged at the end. */
static int complete(struct atls_lint *l, struct lint_conn *c, const struct atls_handshake *e)
{
	struct lint_process *p = c->process;
	bool first = !c->handshaken;

	c->handshaken = true;
	if (!first)
		return 0;
	p->server_handshakes += e->side == ATLS_SIDE_SERVER;
	p->paused_handshakes += c->pauses > 0;
	p->handshake_pauses += c->pauses;
	if (c->pauses <= l->limit[ATLS_LIMIT_PAUSES])
		return 0;
	return HIT(l, STACKED_PAUSES, "several operations of a handshake pause one after the other",
		   .conn = c, .no_thread = true);
}

static int free_conn(struct atls_lint *l, struct lint_conn *c)
{
	int ret = atls_lint_abandon(l, c->job, c);

	if (c->job)
		c->job->conn = NULL;
	if (!ret && c->wctx)
		ret = atls_lint_wctx_free(l, atls_lint_find_wctx(l, c->wctx));
	atls_map_take(&l->conns, lint_key(c->process, c->serial));
	atls_slab_put(&l->conn_slab, c);
	return ret;
}

int atls_lint_conn_event(struct atls_lint *l, const struct atls_event *e)
{
	/* All begin with the connection; ssl_mode and ssl_callback may be about a context. */
	struct lint_conn *c;

	if (e->id == ATLS_EV_ssl_mode)
		return set_mode(l, &e->ssl_mode);
	if (e->id == ATLS_EV_ssl_callback)
		return set_callback(l, &e->ssl_callback);
	if (!e->ssl_new.conn)
		return 0;
	c = atls_lint_get_conn(l, e->ssl_new.conn);
	if (!c)
		return -ENOMEM;
	switch (e->id) {
	case ATLS_EV_ssl_new:
		c->process->async |= e->ssl_new.async;
		return 0;
	case ATLS_EV_ssl_begin:
		return begin_call(l, c, e->ssl_begin.op);
	case ATLS_EV_ssl_end:
		return end_call(l, c, &e->ssl_end);
	case ATLS_EV_ssl_query:
		return query(l, c, &e->ssl_query);
	case ATLS_EV_resume_differs:
		return differ(l, c, &e->resume_differs);
	case ATLS_EV_handshake:
		return complete(l, c, &e->handshake);
	case ATLS_EV_ssl_free:
		return free_conn(l, c);
	default: /* watch_churn comes at 16, 32, 64, ... */
		if (e->watch_churn.count < l->limit[ATLS_LIMIT_CHURN] ||
		    e->watch_churn.count >= 2 * l->limit[ATLS_LIMIT_CHURN])
			return 0;
		return HIT(l, LOOP_SPIN,
			   "a socket's registration is changed on and on, without TLS progress",
			   .conn = c, .fd = &e->watch_churn.fd);
	}
}
_Static_assert(!offsetof(struct atls_ssl_new, conn) && !offsetof(struct atls_ssl_begin, conn) &&
		       !offsetof(struct atls_ssl_end, conn) &&
		       !offsetof(struct atls_ssl_query, conn) &&
		       !offsetof(struct atls_resume_differs, conn) &&
		       !offsetof(struct atls_handshake, conn) &&
		       !offsetof(struct atls_ssl_free, conn) &&
		       !offsetof(struct atls_watch_churn, conn),
	       "the events about a connection begin with it");
