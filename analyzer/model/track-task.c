/* SPDX-License-Identifier: Apache-2.0 */
/* The tracker's engine tasks, from submit to done. */
#include <errno.h>

#include "model/tracker-private.h"

static struct task *find(const struct atls_tracker *t, uint32_t serial)
{
	return atls_track_find(t, &t->tasks, serial);
}

static void forget(struct atls_tracker *t, struct task *k)
{
	atls_track_forget(t, ATLS_TASK, &t->tasks, atls_track_key(k->process, k->serial), k);
}

/* Serials are never reused: the end of a task that has this one is missing. */
static int lose(struct atls_tracker *t, struct task *k)
{
	int ret = k ? TELL(t, task_lost, k) : 0;

	if (k)
		forget(t, k);
	return ret;
}

static int submit(struct atls_tracker *t, const struct atls_engine_submit *e)
{
	struct job *j = atls_track_find(t, &t->jobs, e->job);
	struct task *k;
	int ret = lose(t, find(t, e->task));

	if (ret)
		return ret;
	k = atls_track_add(t, ATLS_TASK, &t->tasks, e->task);
	if (!k)
		return -ENOMEM;
	k->process = t->thread->process;
	k->serial = e->task;
	k->job = e->job;
	k->job_id = j ? j->id : ATLS_NULL;
	t->totals.ops++;
	ret = TELL(t, task_submitted, k, j, e);
	if (j)
		j->ntasks++;
	return ret;
}

/* The job that waits for the task, if it is still the one that it was. */
static struct job *waiter(const struct atls_tracker *t, const struct task *k)
{
	struct job *j = atls_track_find(t, &t->jobs, k->job);

	return j && j->id == k->job_id ? j : NULL;
}

static int complete(struct atls_tracker *t, struct task *k, const struct atls_event *e)
{
	struct job *j = waiter(t, k);
	int ret = TELL(t, task_done, k, &e->engine_done);

	forget(t, k);
	if (j && t->now > j->last)
		j->last = t->now;
	if (j && j->ntasks)
		j->ntasks--;
	return ret || !j || j->ntasks ? ret : atls_track_notice(t, j, e);
}

static int compute_in_place(struct atls_tracker *t, const struct atls_engine_inplace *e)
{
	struct job *j = atls_track_find(t, &t->jobs, e->job);
	struct conn *c;
	int ret = atls_track_meet_conn(t, e->conn, &c);

	t->totals.ops++;
	return ret ? ret : TELL(t, done_in_place, j, c, e);
}

int atls_track_task_event(struct atls_tracker *t, const struct atls_event *e)
{
	struct task *k;

	switch (e->id) {
	case ATLS_EV_engine_submit:
		return submit(t, &e->engine_submit);
	case ATLS_EV_engine_inplace:
		return compute_in_place(t, &e->engine_inplace);
	}
	k = find(t, e->engine_done.task);
	if (!k)
		return 0; /* submitted before the recording began */
	return e->id == ATLS_EV_engine_begin ? TELL(t, task_begun, k) : complete(t, k, e);
}
_Static_assert(offsetof(struct atls_engine_begin, task) == offsetof(struct atls_engine_done, task),
	       "the events about a task begin with it");
