/* SPDX-License-Identifier: Apache-2.0 */
/* What the shim knows about the calling thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct atls_conn;
struct atls_home;
struct atls_stack;

/* Who asked for a private-key operation: one who has agreed to a pause (evp.c), or another. */
enum atls_asker { ATLS_ASKER_NONE, ATLS_ASKER_AGREED, ATLS_ASKER_OTHER };

/*
 * The part that belongs to a stack rather than to the thread: a fibre switch inside a real function
 * leaves the thread on another stack, so it is saved and restored around every switch.
 *
 *   main stack   SSL_do_handshake ── ASYNC_start_job ─┐ save          ┌ restore ── return
 *   fibre                                             └ ... pause_job ┘
 */
struct atls_frame {
	struct atls_conn *conn; /* of the outermost SSL call, NULL outside; not owned */
	uint32_t conn_id;
	struct atls_stack *stack; /* NULL on any but one of ours; the running job's */
	uint32_t job;		  /* id of the job that runs on this stack, 0 on the main stack */
	uint8_t op;		  /* enum atls_op of the outermost SSL call */
	uint8_t work; /* what that call is really at: reading may begin with the handshake */
	/*
	 * Counts pauses and operations done in place: what encloses one of them is not reported
	 * again.
	 */
	uint8_t reports;
	uint8_t depth;	      /* SSL calls that we are inside of: only the outermost counts */
	uint8_t guests;	      /* calls inside of those, on other connections */
	bool no_job_reported; /* the no_job event of this operation is out */
	uint8_t asker; /* enum atls_asker of the private-key operation that we are inside of */
};

struct atls_self {
	struct atls_frame frame;
	struct atls_frame outer;  /* on a job's stack: of the stack that started or resumed it */
	uint32_t blocked;	  /* ASYNC_block_pause minus ASYNC_unblock_pause */
	uint32_t switches;	  /* counts jobs started and resumed here */
	int32_t paused;		  /* jobs that paused here first and have not ended */
	uint32_t status_of;	  /* wait context whose status was last asked for, */
	uint8_t status;		  /* and the answer */
	uint16_t serial;	  /* of this thread in the process, 0 until it is first needed */
	uint16_t epoch;		  /* counts the times that recording began for this thread */
	uint32_t recording_count; /* the recording in which it last said who it is */
	bool announced;		  /* its `thread` event is out for this epoch */
	bool worker;		  /* one of the engine's */
	bool uses_tls;		  /* has made TLS calls, so that its event loop is of interest */
	bool input_hidden;	  /* reads find no input, whatever there is */
	bool has_event_loop;	  /* has waited in a call that we see: epoll, poll, select */
	bool ending;		  /* it ends: the bridge may pause no job on it any more */
	uint32_t number;	  /* atls_thread_number, once that was asked for */
	struct atls_home *home;	  /* of its paused jobs, NULL until there are any; not owned */
};

extern __thread struct atls_self atls_self;

/* The calling thread's number in this process, from 1; no other thread ever gets the same. */
uint32_t atls_thread_number(void);

/* Note that the thread makes async calls while nobody records: what it knew of jobs is stale. */
static inline void atls_dormant(void)
{
	atls_self.announced = false;
}

/*
 * Put the frame back after a real function that may have switched stacks. Not inlined: the thread
 * may be another one than before, so its address must not be remembered across the switch.
 */
void atls_frame_restore(const struct atls_frame *frame);
