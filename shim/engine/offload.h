/* SPDX-License-Identifier: Apache-2.0 */
/* Sends one operation of a job to the engine and keeps the job paused until it is done. */
#pragma once

#include <stdbool.h>

#include "engine/task.h"

struct atls_conn;

/*
 * Whether an operation begun here and now can be offloaded: this is a job's fibre, it may pause,
 * and the operation is worth it. If not, *reason says why. conn is the connection that it is for,
 * here and below; NULL outside SSL calls.
 */
bool atls_offload_possible(const struct atls_conn *conn, struct atls_operation what,
			   enum atls_reason *reason);

enum atls_offload {
	ATLS_OFFLOAD_DONE,    /* task holds the result and the errors raised on the way */
	ATLS_OFFLOAD_REFUSED, /* it could not be queued: the caller does the operation itself */
	ATLS_OFFLOAD_FAILED,  /* the caller fails the operation; the error queue says why */
};

/*
 * Offload task (a front's structure that begins with a zeroed struct atls_task whose compute is
 * set), pausing the current job until it is done. *reason is set when it is refused. The caller
 * keeps its reference in every case. May never return: a program may abandon the job.
 */
enum atls_offload atls_offload(struct atls_conn *conn, struct atls_task *task,
			       struct atls_operation what, enum atls_reason *reason);

/*
 * Around an operation that is done in place, so that the trace says how long it took and why. Not
 * if it was offloaded further down, or reported there: one front may call the other, or somebody
 * else's engine.
 */
struct atls_in_place {
	uint8_t reports;       /* frame's, at the beginning */
	uint64_t began_ns;     /* 0: nobody wants to know */
	uint64_t began_cpu_ns; /* 0: what it costs need not be measured */
};

void atls_in_place_begin(const struct atls_conn *conn, struct atls_in_place *place);
void atls_in_place_end(struct atls_conn *conn, const struct atls_in_place *place,
		       struct atls_operation what, enum atls_reason reason);
