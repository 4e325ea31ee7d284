/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a job's program is notified that an operation is done: by one eventfd for the wait
 * context's whole life or, where the program has set a callback, by that. Reference-counted,
 * because a worker may still be about to notify when the program frees the wait context; without
 * that, the write could reach a stranger's reused fd number, or the callback a connection that is
 * gone.
 */
#pragma once

#include <openssl/async.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct atls_notifier {
	struct atls_notifier *next, **prev; /* in the list of all */
	_Atomic int refs;
	_Atomic bool awaited;	    /* a job waits for it */
	int fd;			    /* -1: by callback */
	uint32_t wctx;		    /* id, 0 when not recorded; for the events */
	unsigned int generation;    /* of the process that made it */
	_Atomic bool twice;	    /* fault: when the job has taken its wake-up, it gets another */
	pthread_mutex_t lock;	    /* recursive; held while the callback runs */
	ASYNC_callback_fn callback; /* NULL once the wait context is gone */
	void *argument;
};

/*
 * The notifier of ctx, with a reference for the caller. In fd mode made and published with
 * ASYNC_WAIT_CTX_set_wait_fd on first use, and the wait context owns another reference. NULL when
 * out of memory or fds. Call on the job's thread.
 */
struct atls_notifier *atls_notifier_of(ASYNC_WAIT_CTX *ctx);
/*
 * Part ctx from its notifier before ctx ends, so that it holds no fd. For a ctx that nobody asks
 * for fds.
 */
void atls_notifier_part(ASYNC_WAIT_CTX *ctx);
struct atls_notifier *atls_notifier_ref(struct atls_notifier *n);
void atls_notifier_unref(struct atls_notifier *n);
/* Make the wait fd readable, or call back. Any thread. */
void atls_notifier_wake(struct atls_notifier *n);
/*
 * A fault: let the wake-up that follows be two. An fd becomes readable again when the job has
 * drained it.
 */
void atls_notifier_wake_twice(struct atls_notifier *n);
/* Make it unreadable again, once its news has been taken. On the job's thread. */
void atls_notifier_drain(struct atls_notifier *n);
/*
 * The job goes on. The ENGINE alone does not see when a wait context is freed, so it calls back no
 * more from now on; a callback that is running is waited for.
 */
void atls_notifier_retire(struct atls_notifier *n);
/*
 * The wait context is about to be freed: waits for a callback that is running, and lets none begin.
 */
void atls_notifier_forget(ASYNC_WAIT_CTX *ctx);

/*
 * Around fork; called by the workers. The child's copies of jobs that wait are woken there: nobody
 * else would do it, and what they wait for is looked after by the one who resumes them.
 */
void atls_notifier_before_fork(void);
void atls_notifier_after_fork(bool child);
