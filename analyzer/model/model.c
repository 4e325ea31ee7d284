/* SPDX-License-Identifier: Apache-2.0 */
/* The model as a whole: what it is told of, and its end. */
#include "model/model.h"

#include <stdlib.h>

#include "model/private.h"

static int take_lost(void *self, const struct atls_lost *l)
{
	struct atls_model *m = self;
	const struct atls_row_lost row = { l->ts, l->dur, l->events, l->packets };

	return m->sink->lost(m->ctx, &row);
}

struct atls_model *atls_model_create(struct atls_tracker *t, const struct atls_sink *sink,
				     void *ctx)
{
	struct atls_model *m = calloc(1, sizeof(*m));
	struct atls_observer o = { .self = m, .lost = take_lost };

	if (!m)
		return NULL;
	m->tracker = t;
	m->sink = sink;
	m->ctx = ctx;
	atls_thread_rows_observe(&o);
	atls_job_rows_observe(&o);
	atls_conn_rows_observe(&o);
	atls_wait_rows_observe(&o);
	atls_engine_rows_observe(&o);
	atls_tracker_observe(t, ATLS_ROWS, &o);
	return m;
}

int atls_model_finish(struct atls_model *m)
{
	int ret = atls_conn_rows_put_names(m);

	return ret || !m->sink->tally ? ret : atls_conn_rows_put_tallies(m);
}

void atls_model_destroy(struct atls_model *m)
{
	if (!m)
		return;
	atls_map_free(&m->names);
	free(m);
}

int64_t atls_model_job_id(const struct atls_model *m, uint32_t pid, uint32_t serial)
{
	const struct process *p = atls_map_get(&m->tracker->processes, (uint64_t)pid + 1);
	const struct job *j = p ? atls_tracker_job(m->tracker, p, serial) : NULL;

	return j ? j->id : ATLS_NULL;
}

int64_t atls_model_conn_id(const struct atls_model *m, uint32_t pid, uint32_t serial)
{
	const struct process *p = atls_map_get(&m->tracker->processes, (uint64_t)pid + 1);
	const struct conn *c =
		p ? atls_map_get(&m->tracker->conns, (uint64_t)p->upid << 32 | serial) : NULL;

	return c ? c->id : ATLS_NULL;
}
