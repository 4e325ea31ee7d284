/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The four phases of a job: every nanosecond belongs to exactly one.
 *
 *   start      pause            D               L              resume      finish
 *     |  busy    |    offload    |    notify     |    requeue     |   busy   |
 *     [==========)---------------)...............)~~~~~~~~~~~~~~~~[==========)
 *                                ^               ^
 *                  the engine says done      the event loop learns of it
 *
 * busy is simply between start/resume and pause/finish. A wait [pause, resume) is cut at D and L,
 * by the best that was seen:
 *
 *   D  engine_done of the job's last open task                              done
 *      else, for a foreign engine, the earlier of the write to a wait fd    wake
 *        and the callback                                                   callback
 *      (readiness seen before the recorded write proves it: then that)      wake, ready
 *      else the wait fd's readiness itself                                  ready
 *      else nothing: all of the wait is offload                             merged
 *      a task still open at the resume: all is offload                      spurious
 *   L  the first of fd_ready and callback_fire at or after D                ready, callback
 *      else the return of the loop's wait that began the turn in which
 *        the job was resumed, if it is after D: a loop handles what it
 *        learns in the turn in which it learns it                           turn
 *      else nothing told the thread: all after D is notify                  untold
 *
 * D before the pause (a wake that came first) counts as at the pause: offload is 0.
 */
#pragma once

#include <stdint.h>

#include "base/codes.h"

/* What was seen of one wait. Times in ns, ATLS_NULL if not seen. */
struct atls_wait {
	int64_t pause;
	int64_t resume;
	int64_t done;	     /* engine_done that left no task open */
	int64_t wake;	     /* first write to a wait fd */
	int64_t fire;	     /* first callback, or the first after done */
	int64_t ready;	     /* first report of a wait fd, or the first after done */
	int64_t turn;	     /* last return of the resuming thread's loop wait */
	uint32_t tasks_open; /* of the built-in engine, at the resume */
	/* Threads: utid, 0 if not seen. */
	uint32_t pauser, resumer, doner, waker, firer;
};

/* Where a wait is cut: pause <= d <= l <= resume. */
struct atls_cut {
	int64_t d;
	int64_t l;
	uint32_t evidence; /* enum atls_evidence bits */
	uint32_t notifier; /* utid of who said done or woke, 0 if not seen */
};

/* A wait of which nothing is seen yet. */
void atls_wait_init(struct atls_wait *w);
/* Cut w, whose pause and resume are known. */
void atls_wait_cut(const struct atls_wait *w, struct atls_cut *cut);
