/* SPDX-License-Identifier: Apache-2.0 */
/* What the files behind workers.h share: threads (workers.c), queue (queue.c), ends (ends.c). */
#pragma once

#include <pthread.h>

#include "engine/tasklist.h"

/* All fields under lock; those that are atomic are written under it. */
struct atls_pool {
	pthread_mutex_t lock;
	pthread_cond_t work;	      /* for workers: something to do, or a fork is over */
	pthread_cond_t idle;	      /* one of those below is 0; waits by CLOCK_MONOTONIC */
	struct atls_tasklist queue;   /* FIFO */
	struct atls_tasklist waiting; /* for room */
	unsigned int queued;	      /* places taken, submitted or not */
	unsigned int inflight;	      /* places taken and not complete */
	unsigned int computing;	      /* workers inside OpenSSL */
	unsigned int preparing;	      /* of these, those at a key that is new to OpenSSL */
	unsigned int busy;	      /* workers that have a batch */
	unsigned int nworkers;	      /* threads of this process */
	_Atomic unsigned int forking; /* threads about to fork: no operation is begun */
	_Atomic uint32_t stopping;    /* the process ends; a futex */
};

extern struct atls_pool atls_pool;

/* Under lock. Start threads until there are so many, or no more can be started. */
void atls_pool_start_workers(unsigned int wanted);

/*
 * Without the lock. Offer room to waiting tasks: to as many as places became free, or to all if all
 * places are free, since not every task that is offered room is submitted.
 */
void atls_pool_offer_room(unsigned int places);

/* Without the lock. What no worker has begun is to be done by the threads that wait for it. */
void atls_pool_return_queue(void);
