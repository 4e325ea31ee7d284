/* SPDX-License-Identifier: Apache-2.0 */
/* A TLS connection: what the shim attaches to an SSL object (wrap/attach.h). */
#pragma once

#include <openssl/ssl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct atls_home;
struct atls_notifier;
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
	bool withdrawn; /* and no worker has it any more */
	uint8_t no_job; /* enum atls_reason: why there is none, if an operation asks for one */
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
	bool in_place;	    /* SSL_MODE_ASYNC is off for now: a job could not be paused */
	bool answered;	    /* the last call was answered by us: it wants to read */
	const SSL_CTX *ctx; /* that it was chosen by; not owned, not to be used */
	uint32_t caller;    /* number of the thread that called last, 0 if none has */
	int read_fd;	    /* what its custom BIO last read from, -1 if that was no fd */
	/*
	 * The home of its paused job, which is the thread's that paused it; NULL if it has none.
	 * While it has, what follows is written under that one's lock (home.h).
	 */
	_Atomic(struct atls_home *) home;
	struct atls_conn *next, **prev; /* in the home's list */
	SSL *ssl;			/* owned once it is freed */
	uint8_t job;			/* enum atls_home_job */
	bool inherited;			/* its job was paused when this process was forked */
	bool unwatched;			/* no loop has its socket, as far as epoll goes */
	bool handed;			/* another thread has called: no loop of this one will */
	bool freed;			/* the program has freed it: nobody will call */
	uint32_t turn;			/* of the home, when poll or select last had its socket */
	int socket;			/* -1 if it has none that an event loop could watch */
	int epoll; /* the epoll fd that its wait fd is registered with, else -1 */
	struct atls_notifier *notifier; /* whose fd is the wait fd; referenced */
};

/* Used by the thread that uses the SSL object, as OpenSSL demands of that, too. */
struct atls_conn {
	uint32_t id;
	_Atomic int extra_refs; /* SSL_up_ref calls that no SSL_free has answered yet */
	struct atls_conn_trace trace;
	struct atls_conn_engine engine;
	struct atls_conn_bridge bridge;
};
