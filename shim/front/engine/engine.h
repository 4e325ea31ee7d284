/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the OpenSSL ENGINE share: each of its methods sends OpenSSL's own one to a
 * worker.
 */
#pragma once

#include <openssl/engine.h>

#include "front/backend.h"

/*
 * Perform an operation: on a worker if that can be, else here. task is a method's structure that
 * begins with a zeroed struct atls_task with compute and perhaps dispose set, or NULL when out of
 * memory; in_place does the same here and now. Returns true if the task was done on a worker: its
 * result is there, the errors are raised. Else *ret is what the method is to return. The caller
 * unrefs the task.
 */
bool atls_engine_perform(struct atls_task *task, struct atls_operation what,
			 int (*in_place)(void *args), void *args, int *ret);
/* Whether the specification names operations, and this one among them. */
bool atls_engine_asked_for(enum atls_crypto crypto);
/* Give up the caller's reference; NULL is fine. */
void atls_engine_unref(struct atls_task *task);

/* Set the methods of their kind. Return 1, or 0 when out of memory. */
int atls_engine_set_rsa(ENGINE *e);
int atls_engine_set_ec(ENGINE *e);
int atls_engine_set_ecx(ENGINE *e);
/* Free them. */
void atls_engine_free_rsa(void);
void atls_engine_free_ec(void);
