/* SPDX-License-Identifier: Apache-2.0 */
/* Sends one operation of a job to the engine and keeps the job paused until it is done. */
#pragma once

#include <openssl/evp.h>
#include <stdbool.h>

#include "engine/task.h"
#include "trace.h"

/* What an operation is, for the trace. */
struct atls_operation {
	enum atls_crypto crypto;
	enum atls_alg alg;
	uint16_t bits;
};

/* The kind of operation that pkey (may be NULL) is used for. */
struct atls_operation atls_operation_of(enum atls_crypto crypto, EVP_PKEY *pkey);

/*
 * Whether an operation begun here and now can be offloaded: the engine is on, this is a job's fibre
 * and it may pause. If not, *reason says why.
 */
bool atls_offload_possible(enum atls_reason *reason);

enum atls_offload {
	ATLS_OFFLOAD_DONE,      /* task holds the result and the errors raised on the way */
	ATLS_OFFLOAD_REFUSED,   /* it could not be queued: the caller does the operation itself */
	ATLS_OFFLOAD_ABANDONED, /* the connection is being freed: the caller fails the operation */
};

/*
 * Offload task (a front's structure that begins with a zeroed struct atls_task whose compute is set),
 * pausing the current job until it is done. *reason is set when it is refused. The caller keeps its
 * reference in every case. May never return: a program may abandon the job.
 */
enum atls_offload atls_offload(struct atls_task *task, struct atls_operation what, enum atls_reason *reason);
