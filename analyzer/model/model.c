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
