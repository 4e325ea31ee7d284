/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers that one thread fills and another one empties, in order. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#define ATLS_QUEUE_BUFFERS 8

struct atls_queue {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	void *buffers[ATLS_QUEUE_BUFFERS];
	unsigned first, full; /* buffers[first] is emptied next, full of them wait */
	bool closed, cancelled;
};

/* size: bytes of a buffer. Returns 0 or -ENOMEM. */
int atls_queue_init(struct atls_queue *q, size_t size);
/* Both threads are done with it. */
void atls_queue_finish(struct atls_queue *q);

/* Filling thread: wait for an empty buffer; NULL if nobody will empty it. */
void *atls_queue_fill(struct atls_queue *q);
/* The buffer that was given out last is full. */
void atls_queue_push(struct atls_queue *q);
/* No more comes. */
void atls_queue_close(struct atls_queue *q);

/* Emptying thread: wait for a full buffer; NULL when no more comes. */
void *atls_queue_peek(struct atls_queue *q);
/* That buffer is empty again. */
void atls_queue_pop(struct atls_queue *q);
/* No more is wanted. */
void atls_queue_cancel(struct atls_queue *q);
