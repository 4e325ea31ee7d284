/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL errors carried from the thread that raised them to the one that must see them. */
#pragma once

#define ATLS_MAX_ERRORS 8
#define ATLS_ERROR_TEXT 128

struct atls_errors {
	int n;
	struct {
		unsigned long code;
		const char *file, *func; /* static strings of libcrypto */
		int line;
		char data[ATLS_ERROR_TEXT];
	} list[ATLS_MAX_ERRORS];
};

/* Empty this thread's error queue into e; what exceeds ATLS_MAX_ERRORS is dropped. */
void atls_errors_take(struct atls_errors *e);
/* Raise them again on this thread, oldest first. */
void atls_errors_raise(const struct atls_errors *e);
