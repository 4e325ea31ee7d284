/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about jobs whose connection or wait context is freed before them: A1, A2, D1. */
#include "lint/private.h"

/* D1 */
static bool want_async_unhandled(struct atls_lint *l, const struct job *j, const struct conn *c)
{
	const struct conn_rules *call = c ? RULES(c) : NULL;
	const struct job_rules *r = RULES(j);

	if (!c || r->asked_ever || r->again || j->pauses != 1 ||
	    call->error != ATLS_SSL_ERROR_WANT_ASYNC || (j->wctx && j->wctx->callback) ||
	    j->process->mode == ATLS_MODE_BRIDGE)
		return false;
	HIT(l, WANT_ASYNC_UNHANDLED, FREED, .job = j, .conn = c);
	return true;
}

/* A2 */
static bool completed_but_abandoned(struct atls_lint *l, const struct job *j, const struct conn *c)
{
	const struct job_rules *r = RULES(j);

	if (r->noticed == ATLS_NULL)
		return false;
	HIT(l, COMPLETED_BUT_ABANDONED, NOT_RESUMED, .job = j, .conn = c);
	return true;
}

/* A1 */
static void freed_while_paused(struct atls_lint *l, const struct job *j, const struct conn *c)
{
	HIT_CASE(l,
		 c ? ATLS_CASE_FREED_WHILE_PAUSED_SSL_FREE
		   : ATLS_CASE_FREED_WHILE_PAUSED_WAIT_CTX_FREE,
		 .job = j, .conn = c);
}

void atls_lint_abandon(struct atls_lint *l, const struct job *j, const struct conn *c)
{
	struct job_rules *r = j ? RULES(j) : NULL;
	struct thread_rules *t = j ? RULES(j->thread) : NULL;

	if (!j || !j->paused || r->freed)
		return;
	r->freed = true;
	t->abandoned++;
	if (!want_async_unhandled(l, j, c) && !completed_but_abandoned(l, j, c))
		freed_while_paused(l, j, c);
}

/* A1. The built-in engine holds what it needs. */
bool atls_lint_wake_abandoned(struct atls_lint *l, const struct job *j, const struct atls_event *e)
{
	const struct job_rules *r = RULES(j);

	if (!r->freed || r->own_engine || e->id == ATLS_EV_fd_ready)
		return false;
	HIT(l, FREED_WHILE_PAUSED, WOKEN, .job = j, .uncertain = true);
	return true;
}
