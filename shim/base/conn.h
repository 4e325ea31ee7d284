/* SPDX-License-Identifier: Apache-2.0 */
/* A TLS connection: what the shim attaches to an SSL object (wrap/attach.h). */
#pragma once

#include <openssl/ssl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct atls_task;

#define ATLS_ANSWER_UNKNOWN -1

/* What tracing knows. */
struct atls_conn_trace {
	bool handshake_noted;
	bool peer_noted;
	bool socket_sought; /* at its first call */
	int socket;	    /* -1 if none was found */
	/* What it last answered to each question (enum atls_query), as the trace has it. */
	int answers[3];
	/*
	 * The call that left its job paused, while that is so: what a call that resumes it must
	 * repeat.
	 */
	bool waiting;
	uint8_t waiting_op; /* enum atls_op */
	const void *waiting_buf;
	size_t waiting_len;
};

/* What the engine knows, for itself and for the bridge. */
struct atls_conn_engine {
	struct atls_task *task; /* that its job waits for, NULL if none; not owned */
	/* The task must fail, so that the job comes to its end: the connection is being freed. */
	bool abandoned;
	/* The handshake's private-key operation: */
	bool key_op_done;  /* it was given to a worker, or done in place */
	bool key_op_cheap; /* it costs less than the bridge, so it is done in place */
	bool key_op_fresh; /* the bridge has not taken note of the above yet */
};

enum atls_bridging {
	ATLS_BRIDGE_UNDECIDED,
	ATLS_BRIDGE_ON,	 /* we have set SSL_MODE_ASYNC */
	ATLS_BRIDGE_OFF, /* the program's own affair, or its handshake is over */
};

/* What the bridge knows. */
struct atls_conn_bridge {
	uint8_t state;	    /* enum atls_bridging */
	bool paused;	    /* the last call left its job paused, and we translated that */
	bool inherited;	    /* its job was paused when this process was forked */
	const SSL_CTX *ctx; /* that it was chosen by; not owned, not to be used */
	int read_fd;	    /* what its custom BIO last read from, -1 if that was no fd */
	int socket;	    /* -1 if it has none that an event loop could watch */
	int epoll;	    /* the epoll fd that its wait fd is registered with, else -1 */
	int wait_fd;	    /* of the operation that its job waits for; -1 if none */
	struct atls_conn *next, **prev; /* in the list of paused ones (paused.c), under its lock */
};

/* Used by the thread that uses the SSL object, as OpenSSL demands of that, too. */
struct atls_conn {
	uint32_t id;
	_Atomic int extra_refs; /* SSL_up_ref calls that no SSL_free has answered yet */
	struct atls_conn_trace trace;
	struct atls_conn_engine engine;
	struct atls_conn_bridge bridge;
};
