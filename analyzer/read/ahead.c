/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a reader in a thread of its own, ahead of the handler of its records:
 *
 *   reader --> batch --> queue --> handler
 *   (thread)                       (caller)
 */
#include "read/reader.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

#include "base/queue.h"
#include "read/blocks.h"

#define BATCH 512

struct batch {
	unsigned n;
	bool has_lost; /* after the events */
	struct atls_lost lost;
	struct atls_event events[BATCH];
};

struct ahead {
	struct atls_queue queue;
	struct atls_reader *reader;
	struct batch *filling;
	int ret;
};

static int push(struct ahead *a)
{
	atls_queue_push(&a->queue);
	a->filling = NULL;
	return 0;
}

static struct batch *get_batch(struct ahead *a)
{
	if (!a->filling) {
		a->filling = atls_queue_fill(&a->queue);
		if (a->filling) {
			a->filling->n = 0;
			a->filling->has_lost = false;
		}
	}
	return a->filling;
}

static int put_event(void *ctx, const struct atls_event *e)
{
	struct ahead *a = ctx;
	struct batch *b = get_batch(a);

	if (!b)
		return -ECANCELED;
	atls_event_copy(&b->events[b->n++], e);
	return b->n == BATCH ? push(a) : 0;
}

static int put_lost(void *ctx, const struct atls_lost *l)
{
	struct ahead *a = ctx;
	struct batch *b = get_batch(a);

	if (!b)
		return -ECANCELED;
	b->lost = *l;
	b->has_lost = true;
	return push(a);
}

static void *read_all(void *ctx)
{
	struct ahead *a = ctx;
	const struct atls_handler to = { put_event, put_lost, a };

	a->ret = atls_reader_run(a->reader, &to);
	if (a->filling)
		push(a);
	atls_queue_close(&a->queue);
	return NULL;
}

static int give(const struct batch *b, const struct atls_handler *to)
{
	int ret = 0;

	for (unsigned i = 0; i < b->n && !ret; i++)
		ret = to->event(to->ctx, &b->events[i]);
	if (!ret && b->has_lost)
		ret = to->lost(to->ctx, &b->lost);
	return ret;
}

/* Signals are for the caller's thread. */
static int start(struct ahead *a, pthread_t *thread)
{
	sigset_t all, before;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = -pthread_create(thread, NULL, read_all, a);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return ret;
}

int atls_reader_run_ahead(struct atls_reader *r, const struct atls_handler *to)
{
	struct ahead a = { .reader = r };
	const struct batch *b;
	pthread_t thread;
	int ret = atls_queue_init(&a.queue, sizeof(struct batch));

	if (ret)
		return ret;
	if (start(&a, &thread)) {
		atls_queue_finish(&a.queue);
		return atls_reader_run(r, to); /* no thread: then without */
	}
	while (!ret && (b = atls_queue_peek(&a.queue))) {
		ret = give(b, to);
		atls_queue_pop(&a.queue);
	}
	atls_queue_cancel(&a.queue);
	pthread_join(thread, NULL);
	atls_queue_finish(&a.queue);
	return ret ? ret : a.ret;
}
