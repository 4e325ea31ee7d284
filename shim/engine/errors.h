/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL errors carried from the thread that raised them to the one that must see them. */
#pragma once

/* As many as an error queue holds. */
#define ATLS_MAX_ERRORS 16

struct atls_error {
	unsigned long code;
	int line;
	/* Copies: the error queue's own go with it. NULL if there is none. */
	char *file, *func, *data;
};

struct atls_errors {
	int n;
	struct atls_error *list; /* NULL while there are none, which is nearly always */
};

/* Empty this thread's error queue into e, in place of what is there. */
void atls_errors_take(struct atls_errors *e);
/* Raise them again on this thread, oldest first. */
void atls_errors_raise(const struct atls_errors *e);
void atls_errors_finish(struct atls_errors *e);

/* Raise an error that says which injected fault made an operation fail. */
void atls_errors_raise_fault(const char *fault);
