/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules about threads, their pools of jobs, and fds that run out: A5, A6, C5; and a process's end.
 */
#include <stdio.h>

#include "lint/private.h"

/* A6. What was said of the clean-up is not said again of the end. */
static void thread_ends_with_jobs(struct atls_lint *l, uint32_t paused, bool end)
{
	struct thread_rules *t = RULES(l->tracker->thread);
	bool said = t->cleaned && end;
	char note[60];

	t->pool = false;
	t->cleaned = !end && paused;
	if (!paused || said)
		return;
	snprintf(note, sizeof(note), "%u paused jobs", paused);
	HIT_CASE(l,
		 end ? ATLS_CASE_THREAD_ENDS_WITH_JOBS_ENDED
		     : ATLS_CASE_THREAD_ENDS_WITH_JOBS_CLEANED_UP,
		 .note = note);
}

/* A5 */
static void init_thread_twice(struct atls_lint *l)
{
	HIT_CASE(l, l->tracker->thread->njobs ? ATLS_CASE_INIT_THREAD_TWICE_IN_FLIGHT
					      : ATLS_CASE_INIT_THREAD_TWICE_UNUSED);
}

static void make_pool(struct atls_lint *l, const struct atls_pool_init *e)
{
	struct thread_rules *t = RULES(l->tracker->thread);

	if (!e->ok)
		return;
	if (t->pool)
		init_thread_twice(l);
	t->pool = true;
	t->pool_max = e->max;
}

/* C5 */
static void no_fd(struct atls_lint *l, const struct atls_no_fd *e)
{
	char note[60];

	snprintf(note, sizeof(note), "the limit is %u", e->limit);
	HIT(l, NO_FD, REFUSED, .note = note);
}

static int take_event(void *self, const struct atls_event *e)
{
	struct atls_lint *l = self;
	struct thread_rules *t = RULES(l->tracker->thread);
	struct process_rules *p = RULES(l->tracker->thread->process);

	switch (e->id) {
	case ATLS_EV_loop_exit:
		t->loops = true;
		break;
	case ATLS_EV_process:
		p->nofile = e->process.nofile;
		break;
	case ATLS_EV_thread:
		t->pool = false; /* a program that was executed in its place has none */
		break;
	case ATLS_EV_pool_init:
		make_pool(l, &e->pool_init);
		break;
	case ATLS_EV_pool_cleanup:
		thread_ends_with_jobs(l, e->pool_cleanup.paused, false);
		break;
	case ATLS_EV_thread_end:
		thread_ends_with_jobs(l, e->thread_end.paused, true);
		break;
	case ATLS_EV_no_fd:
		no_fd(l, &e->no_fd);
		break;
	case ATLS_EV_no_job:
		p->no_job++;
		break;
	}
	return l->error;
}

static int leave_process(void *self, struct process *p)
{
	struct atls_lint *l = self;

	atls_lint_judge_process(l, p);
	return l->error;
}

void atls_thread_rules_observe(struct atls_observer *o)
{
	o->part[ATLS_PROCESS] = sizeof(struct process_rules);
	o->part[ATLS_THREAD] = sizeof(struct thread_rules);
	o->thread_event = take_event;
	o->process_left = leave_process;
}
