/* SPDX-License-Identifier: Apache-2.0 */
/* One SSL call, from its entry to its return. */
#pragma once

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "trace/tracer.h"

struct atls_conn;

/* The connection is kept here, not only in the thread's frame: recording may end meanwhile. */
struct atls_call {
	SSL *ssl;
	enum atls_op op;
	const void *buf; /* what it reads or writes; NULL for other operations */
	size_t len;
	struct atls_conn *conn;
	bool guest; /* inside a call on another connection: a callback has begun it */
};

/*
 * Enter an SSL call. False if it is to go straight to the real function: nothing to do, or a call
 * inside another (SSL_accept calls SSL_do_handshake), of which only the outermost counts.
 */
bool atls_call_enter(struct atls_call *c);

/* The end of a call for which enter was false; returns ret. */
long atls_call_pass(const struct atls_call *c, long ret);

/* Leave it with what it returns; returns that. */
int atls_call_leave(const struct atls_call *c, int ret);
