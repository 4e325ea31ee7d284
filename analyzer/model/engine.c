/* SPDX-License-Identifier: Apache-2.0 */
/* The model's engine operations: queued tasks from submit to done, and those done in place. */
#include "model/private.h"

#include <errno.h>

static int put(struct atls_model *m, struct task *t, uint32_t serial)
{
	int ret = m->sink->op(m->ctx, &t->row);

	m->totals.ops++;
	atls_map_take(&m->tasks, atls_key(t->process->row.upid, serial));
	atls_slab_put(&m->task_slab, t);
	return ret;
}

/* The task is neither queued nor done any more. */
static int leave(struct atls_model *m, struct task *t, int64_t ts, uint32_t serial)
{
	enum atls_level was = t->begin == ATLS_NULL ? ATLS_LEVEL_QUEUED : ATLS_LEVEL_SERVED;
	int ret = atls_model_open(m, was, ts, -1);

	return ret ? ret : put(m, t, serial);
}

static int submit(struct atls_model *m, const struct atls_event *e)
{
	const struct atls_engine_submit *s = &e->engine_submit;
	struct job *j = atls_job_find(m, s->job);
	struct task *t = atls_map_get(&m->tasks, atls_own_key(m, s->task));
	int ret = t ? leave(m, t, e->ts, s->task) : 0; /* its end is missing */

	if (ret)
		return ret;
	m->current->process->row.submits++;
	t = atls_slab_get(&m->task_slab);
	if (!t || atls_map_put(&m->tasks, atls_own_key(m, s->task), t)) {
		atls_slab_put(&m->task_slab, t);
		return -ENOMEM;
	}
	t->job = s->job;
	t->process = m->current->process;
	t->begin = ATLS_NULL;
	t->row = (struct atls_row_op){
		.op_id = ++m->last_op,
		.ts = e->ts,
		.job_id = ATLS_NULL,
		.conn_id = ATLS_NULL,
		.queue_ns = ATLS_NULL,
		.service_ns = -1,
		.ok = ATLS_NULL,
		.reason = ATLS_NULL,
		.utid = ATLS_NULL,
		.job_op = ATLS_NULL,
		.bits = s->bits,
		.crypto = s->crypto,
		.alg = s->alg,
	};
	if (j) {
		t->row.job_id = j->row.job_id;
		t->row.conn_id = j->row.conn_id;
		t->row.job_op = j->row.op;
		atls_job_task_begun(j);
	}
	return atls_model_open(m, ATLS_LEVEL_QUEUED, e->ts, 1);
}

static int begin(struct atls_model *m, const struct atls_event *e)
{
	struct task *t = atls_map_get(&m->tasks, atls_own_key(m, e->engine_begin.task));

	int ret;

	if (!t)
		return 0; /* submitted before the recording began */
	ret = t->begin == ATLS_NULL ? atls_model_open(m, ATLS_LEVEL_QUEUED, e->ts, -1) : 0;
	if (!ret && t->begin == ATLS_NULL)
		ret = atls_model_open(m, ATLS_LEVEL_SERVED, e->ts, 1);
	t->begin = e->ts;
	t->row.queue_ns = e->ts - t->row.ts;
	t->row.utid = m->current->row.utid;
	return ret;
}

static int done(struct atls_model *m, const struct atls_event *e)
{
	struct task *t = atls_map_get(&m->tasks, atls_own_key(m, e->engine_done.task));
	struct job *j;

	if (!t)
		return 0;
	if (t->begin != ATLS_NULL)
		t->row.service_ns = e->ts - t->begin;
	else
		t->row.service_ns = ATLS_NULL;
	t->row.utid = m->current->row.utid;
	t->row.ok = e->engine_done.ok;
	j = atls_job_find(m, t->job);
	if (j && j->row.job_id == t->row.job_id)
		atls_job_task_done(j, e->ts, m->current->row.utid);
	return leave(m, t, e->ts, e->engine_done.task);
}

static int inplace(struct atls_model *m, const struct atls_event *e)
{
	const struct atls_engine_inplace *i = &e->engine_inplace;
	struct job *j = atls_job_find(m, i->job);
	struct atls_row_op row = {
		.op_id = ++m->last_op,
		.ts = e->ts - i->cost,
		.job_id = j ? j->row.job_id : ATLS_NULL,
		.job_op = j ? j->row.op : ATLS_NULL,
		.queue_ns = ATLS_NULL,
		.service_ns = i->cost,
		.ok = ATLS_NULL,
		.reason = i->reason,
		.utid = m->current->row.utid,
		.bits = i->bits,
		.crypto = i->crypto,
		.alg = i->alg,
	};
	int ret = atls_conn_id(m, i->conn, e->ts, &row.conn_id);

	m->totals.ops++;
	m->current->process->row.in_place++;
	return ret ? ret : m->sink->op(m->ctx, &row);
}

int atls_engine_event(struct atls_model *m, const struct atls_event *e)
{
	switch (e->id) {
	case ATLS_EV_engine_submit:
		return submit(m, e);
	case ATLS_EV_engine_begin:
		return begin(m, e);
	case ATLS_EV_engine_done:
		return done(m, e);
	default:
		return inplace(m, e);
	}
}

int atls_engine_finish_all(struct atls_model *m)
{
	struct task *t;
	size_t cursor = 0;
	int ret = 0;

	while (!ret && (t = atls_map_next(&m->tasks, &cursor)))
		ret = m->sink->op(m->ctx, &t->row);
	m->totals.ops += (int64_t)m->tasks.used;
	return ret;
}
