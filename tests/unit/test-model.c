/* SPDX-License-Identifier: Apache-2.0 */
/* Tracker and model: they hold what is open and nothing else, however long the trace. */
#include "model/model.h"
#include "model/tracker.h"
#include "test.h"

static int rows;

static int count_job(void *ctx, const struct atls_row_job *row)
{
	rows++;
	return 0;
}

#define IGNORE(name, type)                                 \
	static int name(void *ctx, const struct type *row) \
	{                                                  \
		return 0;                                  \
	}
IGNORE(no_slice, atls_row_slice)
IGNORE(no_wait, atls_row_wait)
IGNORE(no_conn, atls_row_conn)
IGNORE(no_op, atls_row_op)
IGNORE(no_process, atls_row_process)
IGNORE(no_thread, atls_row_thread)
IGNORE(no_lost, atls_row_lost)

static const struct atls_sink sink = {
	.job = count_job,
	.slice = no_slice,
	.wait = no_wait,
	.conn = no_conn,
	.op = no_op,
	.process = no_process,
	.thread = no_thread,
	.lost = no_lost,
};

static int failing_job(void *ctx, const struct atls_row_job *row)
{
	return -28;
}

static int play(struct atls_tracker *t, uint32_t n)
{
	struct atls_event e = { .ts = n * 100, .pid = 1, .tid = 1, .id = ATLS_EV_job_start };
	int ret;

	e.job_start =
		(struct atls_job_start){ .job = n, .conn = n, .wctx = n, .op = ATLS_OP_HANDSHAKE };
	ret = atls_tracker_event(t, &e);
	e.id = ATLS_EV_engine_submit;
	e.engine_submit = (struct atls_engine_submit){ .task = n, .job = n, .wctx = n };
	ret |= atls_tracker_event(t, &e);
	e.id = ATLS_EV_engine_done;
	e.engine_done = (struct atls_engine_done){ .task = n, .ok = 1 };
	ret |= atls_tracker_event(t, &e);
	e.id = ATLS_EV_job_finish;
	e.job_finish = (struct atls_job_finish){ .job = n, .ret = 1 };
	ret |= atls_tracker_event(t, &e);
	e.id = ATLS_EV_ssl_free;
	e.ssl_free = (struct atls_ssl_free){ .conn = n };
	ret |= atls_tracker_event(t, &e);
	e.id = ATLS_EV_wait_ctx_free;
	e.wait_ctx_free = (struct atls_wait_ctx_free){ .wctx = n };
	return ret | atls_tracker_event(t, &e);
}

static void is_empty(const struct atls_map *map, const char *name)
{
	char what[60];

	snprintf(what, sizeof(what), "no %s stays open", name);
	is(map->used, 0, what);
	snprintf(what, sizeof(what), "and the map of %s has not grown", name);
	ok(map->size && map->size <= 64, what);
}

static void forgets(void)
{
	struct atls_tracker *t = atls_tracker_create();
	struct atls_model *m = atls_model_create(t, &sink, NULL);
	int ret = 0;

	for (uint32_t n = 1; n <= 100000; n++)
		ret |= play(t, n);
	is(ret, 0, "all events were taken");
	is(rows, 100000, "a job is handed out when it ends");
	is_empty(&t->jobs, "jobs");
	is_empty(&t->conns, "connections");
	is_empty(&t->wctxs, "wait contexts");
	is_empty(&t->tasks, "tasks");
	is(atls_tracker_finish(t) | atls_model_finish(m), 0, "the end is fine");
	atls_model_destroy(m);
	atls_tracker_destroy(t);
}

static void passes_errors_on(void)
{
	struct atls_sink failing = sink;
	struct atls_tracker *t = atls_tracker_create();
	struct atls_model *m;

	failing.job = failing_job;
	m = atls_model_create(t, &failing, NULL);
	is(play(t, 1), -28, "what the sink says is passed on");
	atls_model_destroy(m);
	atls_tracker_destroy(t);
}

int main(void)
{
	forgets();
	passes_errors_on();
	return done();
}
