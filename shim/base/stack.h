/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stacks for jobs. OpenSSL's have 32 KiB and nothing below them; what a program does in a handshake
 * (verify a client, log it, choose a certificate) may use as much as its thread has.
 *
 *   low             low + guard                         top
 *    | guard, no access | never touched ... | used ... | struct atls_stack
 *                                            <──────────── the job
 *
 * Memory is taken only where a job has been. Each thread keeps a few stacks for its next jobs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct atls_stack {
	struct atls_stack *next; /* of those that a thread keeps */
	char *low;
	size_t size; /* bytes between guard and top */
};

/* Once, ahead of the rest, while /proc can still be read. */
void atls_stack_init(void);

/*
 * A stack for one job that begins on this thread: as large as the thread's own where addresses cost
 * nothing, else 256 KiB. NULL if there is no memory, or on processors that we cannot switch stacks
 * on. The caller gives it back once; a job that never ends keeps it. Both keep errno.
 */
struct atls_stack *atls_stack_take(void);
/* By any thread, on another stack. */
void atls_stack_give_back(struct atls_stack *s);

/* Call func on that stack, and return what it returns. It may switch away, and back. */
int atls_stack_call(struct atls_stack *s, int (*func)(void *), void *arg);

/* Whether address lies where s has no room any more. Async-signal-safe. */
bool atls_stack_guards(const struct atls_stack *s, const void *address);
