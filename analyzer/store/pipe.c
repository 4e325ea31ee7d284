/* SPDX-License-Identifier: Apache-2.0 */
/* Rows on their way to a writer, which has a thread of its own. */
#include "store/pipe.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/queue.h"

#define BUFFER 16384 /* numbers */

struct atls_pipe {
	const struct atls_writer *writer;
	void *state;
	struct atls_queue queue;
	pthread_t thread;
	bool has_thread;
	int64_t *
		filling; /* a buffer: for each row its table and number of columns, then the values */
	unsigned filled; /* numbers in it */
	int error;
};

/* ---- the writer's thread -------------------------------------------------------------------- */

static int write_buffer(struct atls_pipe *p, const int64_t *row)
{
	int ret = 0;

	for (; row[1] && !ret; row += 2 + row[1])
		ret = p->writer->add(p->state, (enum atls_table_id)row[0], row + 2,
				     (unsigned)row[1]);
	return ret;
}

static void *write_all(void *ctx)
{
	struct atls_pipe *p = ctx;
	const int64_t *rows;

	while (!p->error && (rows = atls_queue_peek(&p->queue))) {
		p->error = write_buffer(p, rows);
		atls_queue_pop(&p->queue);
	}
	atls_queue_cancel(&p->queue);
	return NULL;
}

/*
 * Signals are for the thread that adds the rows. Without another thread that one writes them, too.
 */
static int start_thread(struct atls_pipe *p)
{
	sigset_t all, before;
	int ret = atls_queue_init(&p->queue, BUFFER * sizeof(int64_t));

	if (ret)
		return ret;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	p->has_thread = !pthread_create(&p->thread, NULL, write_all, p);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!p->has_thread)
		atls_queue_finish(&p->queue);
	return 0;
}

/* ---- the thread that adds rows -------------------------------------------------------------- */

/* The last row of a buffer is followed by one without columns. */
static void push(struct atls_pipe *p)
{
	if (!p->filling)
		return;
	p->filling[p->filled] = p->filling[p->filled + 1] = 0;
	atls_queue_push(&p->queue);
	p->filling = NULL;
}

int atls_pipe_add(struct atls_pipe *p, enum atls_table_id table, const int64_t *values, unsigned n)
{
	if (!p->has_thread)
		return p->writer->add(p->state, table, values, n);
	if (p->filled + n + 4 > BUFFER)
		push(p);
	if (!p->filling) {
		p->filling = atls_queue_fill(&p->queue);
		p->filled = 0;
	}
	if (!p->filling)
		return p->error ? p->error : -ECANCELED;
	p->filling[p->filled] = table;
	p->filling[p->filled + 1] = n;
	memcpy(p->filling + p->filled + 2, values, n * sizeof(*values));
	p->filled += n + 2;
	return 0;
}

static int stop_thread(struct atls_pipe *p)
{
	if (!p->has_thread)
		return 0;
	push(p);
	atls_queue_close(&p->queue);
	pthread_join(p->thread, NULL);
	atls_queue_finish(&p->queue);
	p->has_thread = false;
	return p->error;
}

int atls_pipe_create(const struct atls_writer *writer, const char *path, struct atls_pipe **pipe)
{
	struct atls_pipe *p = calloc(1, sizeof(*p));
	int ret = -ENOMEM;

	if (!p)
		return ret;
	p->writer = writer;
	ret = writer->begin(path, &p->state);
	if (ret) {
		free(p);
		return ret;
	}
	ret = start_thread(p);
	if (ret)
		atls_pipe_destroy(p);
	else
		*pipe = p;
	return ret;
}

int atls_pipe_finish(struct atls_pipe *p)
{
	int ret = stop_thread(p);

	return ret ? ret : p->writer->finish(p->state);
}

void atls_pipe_destroy(struct atls_pipe *p)
{
	if (!p)
		return;
	stop_thread(p);
	p->writer->destroy(p->state);
	free(p);
}
