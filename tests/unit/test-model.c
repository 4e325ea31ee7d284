/* SPDX-License-Identifier: Apache-2.0 */
/* model.c: it holds what is open and nothing else, however long the trace. */
#include "model/private.h"
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

static int play(struct atls_model *m, uint32_t n)
{
	struct atls_event e = { .ts = n * 100, .pid = 1, .tid = 1, .id = ATLS_EV_job_start };
	int ret;

	e.job_start =
		(struct atls_job_start){ .job = n, .conn = n, .wctx = n, .op = ATLS_OP_HANDSHAKE };
	ret = atls_model_event(m, &e);
	e.id = ATLS_EV_engine_submit;
	e.engine_submit = (struct atls_engine_submit){ .task = n, .job = n, .wctx = n };
	ret |= atls_model_event(m, &e);
	e.id = ATLS_EV_engine_done;
	e.engine_done = (struct atls_engine_done){ .task = n, .ok = 1 };
	ret |= atls_model_event(m, &e);
	e.id = ATLS_EV_job_finish;
	e.job_finish = (struct atls_job_finish){ .job = n, .ret = 1 };
	ret |= atls_model_event(m, &e);
	e.id = ATLS_EV_ssl_free;
	e.ssl_free = (struct atls_ssl_free){ .conn = n };
	return ret | atls_model_event(m, &e);
}

int main(void)
{
	struct atls_sink failing = sink;
	struct atls_model *m = atls_model_create(&sink, NULL);
	int ret = 0;

	for (uint32_t n = 1; n <= 100000; n++)
		ret |= play(m, n);
	is(ret, 0, "all events were taken");
	is(rows, 100000, "a job is handed out when it ends");
	is(m->jobs.used + m->conns.used + m->tasks.used + m->waiters.used, 0, "nothing stays open");
	ok(m->jobs.size <= 64 && m->conns.size <= 64 && m->tasks.size <= 64 &&
		   m->waiters.size <= 64,
	   "and nothing has grown");
	is(atls_model_finish(m), 0, "the end is fine");
	atls_model_destroy(m);

	failing.job = failing_job;
	m = atls_model_create(&failing, NULL);
	is(play(m, 1), -28, "what the sink says is passed on");
	atls_model_destroy(m);
	return done();
}
