/* SPDX-License-Identifier: Apache-2.0 */
/* One operation on its way through the engine. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/errors.h"
#include "engine/notifier.h"

enum atls_task_state {
	ATLS_TASK_PENDING,
	ATLS_TASK_DONE,      /* result and errors are there */
};

/*
 * Owned by the fibre that waits for it and by the pool, one reference each. A fibre that never runs
 * again (its job was abandoned) keeps its reference for ever, so what it lent stays valid.
 */
struct atls_task {
	struct atls_task *next, **prev; /* in the pool's queue, under its lock */
	unsigned int generation;        /* of the pool that it was queued in */
	_Atomic int refs;
	_Atomic uint32_t state;        /* enum atls_task_state; a futex */
	uint32_t id;                   /* 0 when not recorded */
	struct atls_notifier *notifier; /* referenced */
	/* Do the operation, on any thread; returns what the offloaded function would have. */
	int (*compute)(struct atls_task *task);
	/* Release what the front attached to the task, at its last reference; may be NULL. */
	void (*dispose)(struct atls_task *task);
	int result;
	struct atls_errors errors;
};

void atls_task_init(struct atls_task *task, struct atls_notifier *notifier);
void atls_task_unref(struct atls_task *task);

static inline bool atls_task_done(struct atls_task *task)
{
	return atomic_load_explicit(&task->state, memory_order_acquire) == ATLS_TASK_DONE;
}

/* Block this thread until the task is done. */
void atls_task_wait(struct atls_task *task);
/* A worker's part: compute, publish the result, wake the waiting job. */
void atls_task_run(struct atls_task *task);
