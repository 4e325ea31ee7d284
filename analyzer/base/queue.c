/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers that one thread fills and another one empties, in order. */
#include "base/queue.h"

#include <errno.h>
#include <stdlib.h>

int atls_queue_init(struct atls_queue *q, size_t size)
{
	*q = (struct atls_queue){ 0 };
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->changed, NULL);
	for (int i = 0; i < ATLS_QUEUE_BUFFERS; i++) {
		q->buffers[i] = malloc(size);
		if (!q->buffers[i]) {
			atls_queue_finish(q);
			return -ENOMEM;
		}
	}
	return 0;
}

void atls_queue_finish(struct atls_queue *q)
{
	for (int i = 0; i < ATLS_QUEUE_BUFFERS; i++)
		free(q->buffers[i]);
	pthread_cond_destroy(&q->changed);
	pthread_mutex_destroy(&q->lock);
}

/*
 * Change one of the fields and tell the other thread. To wake it costs more than to fill a buffer:
 * one that waits is only woken when half the buffers are ready for it, or when no more comes.
 */
static void change(struct atls_queue *q, bool *flag, unsigned first, int full)
{
	pthread_mutex_lock(&q->lock);
	if (flag)
		*flag = true;
	q->first = (q->first + first) % ATLS_QUEUE_BUFFERS;
	q->full += (unsigned)full;
	if (flag || q->full == ATLS_QUEUE_BUFFERS / 2)
		pthread_cond_signal(&q->changed);
	pthread_mutex_unlock(&q->lock);
}

void *atls_queue_fill(struct atls_queue *q)
{
	void *buffer = NULL;

	pthread_mutex_lock(&q->lock);
	while (q->full == ATLS_QUEUE_BUFFERS && !q->cancelled)
		pthread_cond_wait(&q->changed, &q->lock);
	if (!q->cancelled)
		buffer = q->buffers[(q->first + q->full) % ATLS_QUEUE_BUFFERS];
	pthread_mutex_unlock(&q->lock);
	return buffer;
}

void atls_queue_push(struct atls_queue *q)
{
	change(q, NULL, 0, 1);
}

void atls_queue_close(struct atls_queue *q)
{
	change(q, &q->closed, 0, 0);
}

void *atls_queue_peek(struct atls_queue *q)
{
	void *buffer = NULL;

	pthread_mutex_lock(&q->lock);
	while (!q->full && !q->closed)
		pthread_cond_wait(&q->changed, &q->lock);
	if (q->full)
		buffer = q->buffers[q->first];
	pthread_mutex_unlock(&q->lock);
	return buffer;
}

void atls_queue_pop(struct atls_queue *q)
{
	change(q, NULL, 1, -1);
}

void atls_queue_cancel(struct atls_queue *q)
{
	change(q, &q->cancelled, 0, 0);
}
