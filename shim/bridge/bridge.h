/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bridge: runs the handshakes of a program that knows nothing of async as async jobs.
 *
 *   program         wrapper                    job's fibre           engine
 *   SSL_do_handshake ─► set SSL_MODE_ASYNC ───► ... EVP_DigestSign ──► queue
 *   "want read"  ◄───── wait fd into epoll ◄─── pause                 compute
 *   epoll_wait ◄─────── "socket readable" ◄───────────────────────── wake wait fd
 *   SSL_do_handshake ─► resume ───────────────► ... finish
 *
 * All functions but atls_bridge_forget are called on the thread that uses the connection; in another
 * mode than bridge they do nothing.
 */
#pragma once

#include <openssl/ssl.h>
#include <stdbool.h>
#include <sys/epoll.h>

struct atls_conn;

/*
 * Called inside an SSL call, ahead of the real handshake call. Decides at the connection's first whether it
 * is bridged. False if its job is still waiting: the call is to return -1, which reads as "want read".
 */
bool atls_bridge_may_call(SSL *ssl);

/*
 * Called with what the real handshake call returned. If that left a job paused, makes sure that the
 * program's event loop will see the connection readable when it can go on, and returns false; where no
 * event loop is in sight, waits and returns true: the call must be repeated.
 */
bool atls_bridge_again(SSL *ssl, int ret);

/*
 * Called ahead of reading and writing: completes a handshake that this bridge has under way, as the
 * real call would have. Returns 1 if there is nothing to wait for, else what the call must return.
 */
int atls_bridge_finish_handshake(SSL *ssl);

/* SSL_get_error's and SSL_want's answers as a program that knows nothing of async expects them. */
int atls_bridge_error(const SSL *ssl, int error);
int atls_bridge_want(const SSL *ssl, int want);

/* The program is about to free ssl: bring a paused job to its end, sending nothing to the peer. */
void atls_bridge_drain(SSL *ssl, struct atls_conn *conn);

/* The connection ends: no event may name it any more. */
void atls_bridge_forget(struct atls_conn *conn);

/* The loop's side (loop.c). */

/* See to it that the connection's wait fd wakes the loop that watches its socket. False if none can. */
bool atls_bridge_watch(struct atls_conn *conn);
/* The program has added a socket to an epoll set, changed it there, or removed it (EPOLL_CTL_*). */
void atls_bridge_epoll_changed(int epfd, int op, int fd);
/*
 * Turn the wait fds' events, as the kernel reported them, into events of their sockets; returns how
 * many remain. An event whose connection is gone is dropped, one whose socket is in the list as well is merged.
 */
int atls_bridge_translate(int epfd, struct epoll_event *events, int n);
/* The program closed fd. */
void atls_bridge_fd_closed(int fd);
