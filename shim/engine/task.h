/* SPDX-License-Identifier: Apache-2.0 */
/* One operation on its way through the engine. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/errors.h"
#include "engine/notifier.h"
#include "engine/operation.h"
#include "events/trace.h"

/*
 *   PENDING ──────────────────────────► DONE, RETURNED
 *      ▲  └─► ROOM (the queue has room)
 *      └────────┘ submitted again
 */
enum atls_task_state {
	ATLS_TASK_PENDING,  /* queued, computed, or waiting for room: no reason to resume the job */
	ATLS_TASK_DONE,	    /* result and errors are there */
	ATLS_TASK_RETURNED, /* nobody will compute it: the process ends; its thread does it itself */
	ATLS_TASK_ROOM,	    /* it was refused as the queue was full; the job is to try again */
};

/*
 * Owned by the fibre that waits for it and by the workers, one reference each. A fibre that never
 * runs again (its job was abandoned) keeps its reference for ever, so what it lent stays valid.
 */
struct atls_task {
	struct atls_task *next, **prev; /* in a list of the workers', under their lock */
	unsigned int generation;	/* of the process that it was submitted in */
	bool queued;			/* if in a list: the queue, rather than the wait for room */
	bool begun;			/* a worker uses what the fibre lent it, or has used it */
	bool computed; /* result and errors are there, but it is perhaps not time yet */
	_Atomic int refs;
	_Atomic uint32_t state;	 /* enum atls_task_state; a futex */
	_Atomic bool waited_for; /* by a thread that is blocked in atls_task_wait, or about to be */
	uint32_t id;		 /* 0 when not recorded */
	struct atls_operation what;
	const void *key; /* tells keys apart; not owned, not to be used */
	bool fresh;	 /* among the key's first, in which OpenSSL prepares it, under locks */
	uint8_t faults;	 /* bit 1 << enum atls_fault of those that strike this operation */
	uint64_t submitted_ns;		/* CLOCK_MONOTONIC; 0 where no latency is modelled */
	struct atls_notifier *notifier; /* referenced */
	/* Do the operation, on any thread; returns what the offloaded function would have. */
	int (*compute)(struct atls_task *task);
	/* Release what the front attached to the task, at its last reference; may be NULL. */
	void (*dispose)(struct atls_task *task);
	int result;
	struct atls_errors errors;
};

/* The task's own reference is the caller's; takes over the caller's reference to notifier. */
void atls_task_init(struct atls_task *task, struct atls_operation what,
		    struct atls_notifier *notifier);
void atls_task_unref(struct atls_task *task);

static inline bool atls_task_suffers(const struct atls_task *task, enum atls_fault fault)
{
	return task->faults & 1 << fault;
}

static inline uint32_t atls_task_state(struct atls_task *task)
{
	return atomic_load_explicit(&task->state, memory_order_acquire);
}

/* True if there is a reason to resume the job: the result, or room to submit it. Any thread. */
static inline bool atls_task_done(struct atls_task *task)
{
	return atls_task_state(task) != ATLS_TASK_PENDING;
}

/* Block this thread until there is a reason to resume the job. */
void atls_task_wait(struct atls_task *task);
/* A worker's part: compute, and keep result and errors. */
void atls_task_compute(struct atls_task *task);
/* A worker's part: publish the result and wake the waiting job. */
void atls_task_complete(struct atls_task *task);
/* Tell the waiting job that nobody computes its task. */
void atls_task_return(struct atls_task *task);
/* Tell the waiting job that there is room. */
void atls_task_offer_room(struct atls_task *task);
