/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of engine operations: queued tasks from submit to done, and those done in place. */
#include "model/private.h"

static int submit(void *self, struct task *k, struct job *j, const struct atls_engine_submit *e)
{
	struct atls_model *m = self;
	struct process_rows *p = ROWS(k->process);
	struct task_rows *r = ROWS(k);

	p->row.submits++;
	r->begin = ATLS_NULL;
	r->row = (struct atls_row_op){
		.op_id = ++m->last_op,
		.ts = m->tracker->now,
		.job_id = k->job_id,
		.conn_id = j ? j->conn_id : ATLS_NULL,
		.queue_ns = ATLS_NULL,
		.service_ns = -1,
		.ok = ATLS_NULL,
		.reason = ATLS_NULL,
		.utid = ATLS_NULL,
		.job_op = j ? j->op : ATLS_NULL,
		.bits = e->bits,
		.crypto = e->crypto,
		.alg = e->alg,
	};
	if (j)
		atls_job_rows_task_begun(j);
	return atls_model_open(m, ATLS_LEVEL_QUEUED, m->tracker->now, 1);
}

static int begin(void *self, struct task *k)
{
	struct atls_model *m = self;
	struct task_rows *r = ROWS(k);
	bool was_queued = r->begin == ATLS_NULL;
	int64_t now = m->tracker->now;
	int ret = was_queued ? atls_model_open(m, ATLS_LEVEL_QUEUED, now, -1) : 0;

	if (!ret && was_queued)
		ret = atls_model_open(m, ATLS_LEVEL_SERVED, now, 1);
	r->begin = now;
	r->row.queue_ns = now - r->row.ts;
	r->row.utid = m->tracker->thread->utid;
	return ret;
}

static int leave(void *self, struct task *k)
{
	struct atls_model *m = self;
	const struct task_rows *r = ROWS(k);

	return m->sink->op(m->ctx, &r->row);
}

/* The task is neither queued nor done any more. */
static int lose(void *self, struct task *k)
{
	struct atls_model *m = self;
	const struct task_rows *r = ROWS(k);
	enum atls_level was = r->begin == ATLS_NULL ? ATLS_LEVEL_QUEUED : ATLS_LEVEL_SERVED;
	int ret = atls_model_open(m, was, m->tracker->now, -1);

	return ret ? ret : leave(self, k);
}

static int complete(void *self, struct task *k, const struct atls_engine_done *e)
{
	struct atls_model *m = self;
	struct task_rows *r = ROWS(k);

	r->row.service_ns = r->begin == ATLS_NULL ? ATLS_NULL : m->tracker->now - r->begin;
	r->row.utid = m->tracker->thread->utid;
	r->row.ok = e->ok;
	return lose(m, k);
}

static int compute_in_place(void *self, struct job *j, struct conn *c,
			    const struct atls_engine_inplace *e)
{
	struct atls_model *m = self;
	const struct thread *t = m->tracker->thread;
	struct process_rows *p = ROWS(t->process);
	const struct atls_row_op row = {
		.op_id = ++m->last_op,
		.ts = m->tracker->now - e->cost,
		.job_id = j ? j->id : ATLS_NULL,
		.conn_id = c ? c->id : ATLS_NULL,
		.job_op = j ? j->op : ATLS_NULL,
		.queue_ns = ATLS_NULL,
		.service_ns = e->cost,
		.ok = ATLS_NULL,
		.reason = e->reason,
		.utid = t->utid,
		.bits = e->bits,
		.crypto = e->crypto,
		.alg = e->alg,
	};

	p->row.in_place++;
	return m->sink->op(m->ctx, &row);
}

void atls_engine_rows_observe(struct atls_observer *o)
{
	o->part[ATLS_TASK] = sizeof(struct task_rows);
	o->task_submitted = submit;
	o->task_begun = begin;
	o->task_done = complete;
	o->task_lost = lose;
	o->task_left = leave;
	o->done_in_place = compute_in_place;
}
