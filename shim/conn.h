/* SPDX-License-Identifier: Apache-2.0 */
/* A TLS connection: what the shim attaches to an SSL object. */
#pragma once

#include <openssl/ssl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct atls_task;

enum atls_bridging {
	ATLS_BRIDGE_UNDECIDED,
	ATLS_BRIDGE_ON,  /* we have set SSL_MODE_ASYNC */
	ATLS_BRIDGE_OFF, /* the program's own affair, or its handshake is over */
};

#define ATLS_ANSWER_UNKNOWN -1

/* Used by the thread that uses the SSL object, as OpenSSL demands of that, too. */
struct atls_conn {
	uint32_t id;
	_Atomic int extra_refs; /* SSL_up_ref calls that no SSL_free has answered yet */
	bool handshake_noted;
	bool looked; /* for its socket, at its first call */
	int fd;	     /* its socket if that was seen, else -1: for the trace only */
	/* What it last answered to each question (enum atls_query), as the trace has it. */
	int answers[3];

	/* The call that left its job paused, while that is so: what a call that resumes it must repeat. */
	bool waiting;
	uint8_t waiting_op; /* enum atls_op */
	const void *waiting_buf;
	size_t waiting_len;
	bool peer_noted;

	/* The engine's: the operation that its job waits for, NULL if none. Not owned. */
	struct atls_task *task;
	/* The operation must fail, so that the job comes to its end: the connection is being freed. */
	bool abandoned;

	/* The bridge's. */
	uint8_t bridging;    /* enum atls_bridging */
	bool paused;         /* the last call left its job paused, and we translated that */
	bool offloaded; /* its private-key operation was given to the engine, or done in place */
	const SSL_CTX *ctx; /* that it was chosen by; not owned, not to be used */
	bool cheap;  /* its key's operations cost less than the bridge: done in place */
	bool learnt; /* that is decided, but its SSL_CTX has not been told yet */
	bool inherited;	     /* its job was paused when this process was forked */
	int read_fd;	     /* what its custom BIO last read from, -1 if that was no fd */
	int socket;          /* its fd, -1 if it has none that an event loop could watch */
	int epoll;           /* the epoll fd that its wait fd is registered with, else -1 */
	int wait_fd;	     /* of the operation that its job waits for; -1 if none */
	struct atls_conn *next, **prev; /* in the list of paused ones (paused.c), under its lock */
};

/* The connection of ssl, attached on first sight; NULL only when out of memory. */
struct atls_conn *atls_conn_of(SSL *ssl);
/* The connection of ssl if it has one. */
struct atls_conn *atls_conn_find(const SSL *ssl);
/* Emit whom the connection is with, once. Only if addresses are recorded (peer.c). */
void atls_conn_note_peer(struct atls_conn *conn);
/* Emit the facts of the connection's handshake when it is complete, once for each (handshake.c). */
void atls_conn_note_handshake(SSL *ssl, struct atls_conn *conn);
