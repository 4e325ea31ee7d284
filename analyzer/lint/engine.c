/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rule about the built-in engine's operations, B3, and what other rules want to know of them.
 */
#include "lint/private.h"

static int submit(void *self, struct task *k, struct job *j, const struct atls_engine_submit *e)
{
	struct process_rules *p = RULES(k->process);
	struct job_rules *r = j ? RULES(j) : NULL;

	p->submits++;
	if (!r)
		return 0;
	r->own_engine = r->submitted = true;
	r->noticed = ATLS_NULL;
	return 0;
}

static int complete(void *self, struct task *k, const struct atls_engine_done *e)
{
	struct process_rules *p = RULES(k->process);

	p->notices += k->job_id != ATLS_NULL;
	return 0;
}

/* B3: the loop stands still meanwhile. */
static void busy_loop_in_place(struct atls_lint *l, const struct conn *c,
			       const struct atls_engine_inplace *e)
{
	const struct thread_rules *t = RULES(l->tracker->thread);

	if (!e->job && t->loops && e->cost > l->limit[ATLS_LIMIT_SPIN])
		HIT(l, BUSY_LOOP, IN_PLACE, .conn = c, .cost_ns = e->cost);
}

static int compute_in_place(void *self, struct job *j, struct conn *c,
			    const struct atls_engine_inplace *e)
{
	struct atls_lint *l = self;
	struct process_rules *p = RULES(l->tracker->thread->process);
	unsigned int reason = e->reason < ATLS_LINT_REASONS ? e->reason : ATLS_LINT_REASONS - 1;

	p->in_place[reason]++;
	p->in_place_ns[reason] += e->cost;
	busy_loop_in_place(l, c, e);
	return l->error;
}

void atls_engine_rules_observe(struct atls_observer *o)
{
	o->task_submitted = submit;
	o->task_done = complete;
	o->done_in_place = compute_in_place;
}
