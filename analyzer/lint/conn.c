/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about connections and their SSL calls: A4, B4-B6, C8, C10, D6, D7. */
#include <inttypes.h>
#include <stdio.h>

#include "lint/private.h"

/* ---- calls ---------------------------------------------------------------------------------- */

static bool waits(const struct conn *c)
{
	return c->job && c->job->paused;
}

/* A job that runs the connection's handshake, and waits. */
static bool handshake_waits(const struct conn *c)
{
	return waits(c) && !c->handshaken && c->job->op == ATLS_OP_HANDSHAKE;
}

/* A4 */
static void shutdown_while_paused(struct atls_lint *l, const struct conn *c, uint8_t op)
{
	if (op == ATLS_OP_SHUTDOWN)
		HIT(l, SHUTDOWN_WHILE_PAUSED, HANDSHAKE, .job = c->job, .conn = c);
}

/* D7 */
static void data_while_paused(struct atls_lint *l, const struct conn *c, uint8_t op)
{
	if (op == ATLS_OP_READ)
		HIT(l, DATA_WHILE_PAUSED, READ, .job = c->job, .conn = c);
	if (op == ATLS_OP_WRITE)
		HIT(l, DATA_WHILE_PAUSED, WRITE, .job = c->job, .conn = c);
}

static void begin_call(struct atls_lint *l, const struct conn *c, uint8_t op)
{
	struct conn_rules *r = RULES(c);
	struct job_rules *j = waits(c) ? RULES(c->job) : NULL;

	r->paused_in_call = r->finished_in_call = false;
	if (j)
		j->again = true;
	if (!handshake_waits(c) || c->process->mode == ATLS_MODE_BRIDGE)
		return;
	shutdown_while_paused(l, c, op);
	data_while_paused(l, c, op);
}

/* B4. Whose error it is: that of the connection whose call failed last on this thread. */
static void foreign_error(struct atls_lint *l, const struct conn *c)
{
	const struct thread_rules *t = RULES(l->tracker->thread);
	char note[100] = "";

	if (t->error_conn && t->error_conn != c->id)
		snprintf(
			note, sizeof(note),
			"the call that failed before it on the thread was one of connection %" PRId64,
			t->error_conn);
	HIT(l, FOREIGN_ERROR, PAUSED, .job = c->job, .conn = c, .note = note);
}

/* B5 */
static void stale_want_async(struct atls_lint *l, const struct conn *c)
{
	HIT(l, STALE_WANT_ASYNC, FINISHED, .conn = c);
}

static void end_call(struct atls_lint *l, const struct conn *c, const struct atls_ssl_end *e)
{
	struct thread_rules *t = RULES(l->tracker->thread);
	struct conn_rules *r = RULES(c);
	bool failed = e->error == ATLS_SSL_ERROR_SSL || e->error == ATLS_SSL_ERROR_SYSCALL;

	if (r->paused_in_call && waits(c) && failed)
		foreign_error(l, c);
	else if (e->error == ATLS_SSL_ERROR_WANT_ASYNC && !c->job && r->finished_in_call)
		stale_want_async(l, c);
	else if (failed)
		t->error_conn = c->id;
	r->error = e->error;
}

/* The answer changed after the call: only somebody else's error can do that while the job waits. */
static void query(struct atls_lint *l, const struct conn *c, const struct atls_ssl_query *e)
{
	const struct conn_rules *r = RULES(c);

	if (e->query == ATLS_QUERY_ERROR && e->answer == ATLS_SSL_ERROR_SSL && waits(c) &&
	    r->error == ATLS_SSL_ERROR_WANT_ASYNC)
		foreign_error(l, c);
}

/* B6; what D7 has said is not said again. */
static void resume_differs(struct atls_lint *l, const struct conn *c,
			   const struct atls_resume_differs *e)
{
	enum atls_case_id which =
		e->buffer ? ATLS_CASE_RESUME_DIFFERS_BUFFER : ATLS_CASE_RESUME_DIFFERS_LENGTH;

	if (e->was != e->now) {
		which = ATLS_CASE_RESUME_DIFFERS_CALL;
		if (handshake_waits(c) && (e->now == ATLS_OP_READ || e->now == ATLS_OP_WRITE))
			return;
	}
	HIT_CASE(l, which, .job = c->job, .conn = c);
}

/* ---- callbacks and sockets ------------------------------------------------------------------ */

/* C8 */
static void callback_late(struct atls_lint *l, const struct conn *c, bool had, bool set)
{
	const struct conn_rules *r = RULES(c);

	if (r->started && had != set)
		HIT_CASE(l, set ? ATLS_CASE_CALLBACK_LATE_SET : ATLS_CASE_CALLBACK_LATE_REMOVED,
			 .conn = c, .job = c->job);
}

static void set_callback(struct atls_lint *l, const struct conn *c,
			 const struct atls_ssl_callback *e)
{
	struct process_rules *p = RULES(l->tracker->thread->process);
	struct conn_rules *r = c ? RULES(c) : NULL;
	bool had;

	if (!r) {
		p->ctx_callback |= e->set;
		return;
	}
	had = r->callback || p->ctx_callback;
	r->callback = e->set;
	callback_late(l, c, had, e->set);
}

/* C10; it comes at 16, 32, 64, ... */
static void loop_spin_churn(struct atls_lint *l, const struct conn *c,
			    const struct atls_watch_churn *e)
{
	int64_t limit = l->limit[ATLS_LIMIT_CHURN];

	if (e->count >= limit && e->count < 2 * limit)
		HIT(l, LOOP_SPIN, CHURN, .conn = c, .fd = &e->fd);
}

static int take_event(void *self, struct conn *c, const struct atls_event *e)
{
	struct atls_lint *l = self;

	switch (e->id) {
	case ATLS_EV_ssl_begin:
		begin_call(l, c, e->ssl_begin.op);
		break;
	case ATLS_EV_ssl_end:
		end_call(l, c, &e->ssl_end);
		break;
	case ATLS_EV_ssl_query:
		query(l, c, &e->ssl_query);
		break;
	case ATLS_EV_resume_differs:
		resume_differs(l, c, &e->resume_differs);
		break;
	case ATLS_EV_ssl_callback:
		set_callback(l, c, &e->ssl_callback);
		break;
	case ATLS_EV_watch_churn:
		loop_spin_churn(l, c, &e->watch_churn);
		break;
	}
	return l->error;
}

/* ---- handshakes and ends -------------------------------------------------------------------- */

/* D6; the average is judged at the end. */
static void stacked_pauses(struct atls_lint *l, const struct conn *c)
{
	const struct conn_rules *r = RULES(c);

	if (r->pauses > l->limit[ATLS_LIMIT_PAUSES])
		HIT(l, STACKED_PAUSES, HANDSHAKE, .conn = c, .no_thread = true);
}

static int complete(void *self, struct conn *c, const struct atls_handshake *e)
{
	struct atls_lint *l = self;
	struct process_rules *p = RULES(c->process);
	const struct conn_rules *r = RULES(c);

	p->server_handshakes += e->side == ATLS_SIDE_SERVER;
	p->paused_handshakes += r->pauses > 0;
	p->handshake_pauses += r->pauses;
	stacked_pauses(l, c);
	return l->error;
}

static int end(void *self, struct conn *c)
{
	struct atls_lint *l = self;

	atls_lint_abandon(l, c->job, c);
	return l->error;
}

void atls_conn_rules_observe(struct atls_observer *o)
{
	o->part[ATLS_CONN] = sizeof(struct conn_rules);
	o->conn_event = take_event;
	o->handshake_done = complete;
	o->conn_freed = end;
}
