/* SPDX-License-Identifier: Apache-2.0 */
/* The bridge: what brings paused jobs to their end. */
#pragma once

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

struct atls_conn;

/*
 * The connection has no more need of jobs. Only while none is paused: else the state machine would
 * run on two stacks at once.
 */
void atls_finish_bridging(SSL *ssl, struct atls_conn *conn);
/* Block until the job of conn, which is paused, can go on. */
void atls_finish_wait(SSL *ssl, struct atls_conn *conn);
/* The calling thread ends: its jobs end with it, or never. */
void atls_finish_thread(void);

/*
 * Called in place of the last SSL_free: false if the bridge keeps the connection until its thread
 * can bring its job to an end, cut off from the program and the peer. Any thread.
 */
bool atls_bridge_may_free(SSL *ssl, struct atls_conn *conn);
/*
 * Called ahead of SSL_clear: bring a paused job to its end, sending nothing to the peer. False if
 * that is another thread's to do, so that the call must fail.
 */
bool atls_bridge_drain(SSL *ssl, struct atls_conn *conn);

/*
 * Called ahead of each wait of an event loop: brings to their end those of the thread's jobs that
 * no loop would, and once a second wakes those whose wake-up was lost. Returns how long the wait
 * may take until the next look, ns; -1 for ever, as the thread has no paused jobs.
 */
int64_t atls_bridge_tend(void);
