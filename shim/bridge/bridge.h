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
 * Functions on connections are called on the thread that uses the connection; in another mode than
 * bridge they do nothing.
 */
#pragma once

#include <openssl/ssl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/select.h>

struct atls_conn;

/*
 * Called inside an SSL call, ahead of the real handshake call. Decides at the connection's first
 * whether it is bridged. False if its job is still waiting: the call is to return -1, which reads
 * as "want read".
 */
bool atls_bridge_may_call(SSL *ssl, struct atls_conn *conn);

/* The bridge has nothing to do with the connection: it is not bridged, or not any more. */
bool atls_bridge_is_over(const struct atls_conn *conn);

/*
 * Called with what the real handshake call returned. If that left a job paused, makes sure that the
 * program's event loop will see the connection readable when it can go on, and returns false; where
 * no event loop is in sight, waits and returns true: the call must be repeated.
 */
bool atls_bridge_again(SSL *ssl, struct atls_conn *conn, int ret);

/*
 * Called ahead of reading and writing: completes a handshake that this bridge has under way, as the
 * real call would have. Returns 1 if there is nothing to wait for, else what the call must return.
 */
int atls_bridge_finish_handshake(SSL *ssl, struct atls_conn *conn);

/*
 * SSL_get_error's and SSL_want's answers as a program that knows nothing of async expects them.
 * conn may be NULL, here and below.
 */
int atls_bridge_error(const struct atls_conn *conn, int error);
int atls_bridge_want(const struct atls_conn *conn, int want);
/* The last call's answer was ours, and libssl knows nothing of it. */
bool atls_bridge_answered(const struct atls_conn *conn);

/* Whether a job of ours waits on its behalf: to the program, there is no such thing. */
bool atls_bridge_hides(const struct atls_conn *conn);

/* Called after SSL_clear: the next handshake is a new one. */
void atls_bridge_cleared(struct atls_conn *conn);

/* The program reads from fd inside an SSL call on conn: custom BIOs do not say what theirs is. */
void atls_bridge_reads(struct atls_conn *conn, int fd);

/*
 * poll and select: whether a list has sockets whose jobs wait, or the thread has any such job at
 * all, and the wait itself if so. timeout_ns may be -1, for ever; mask may be NULL.
 */
bool atls_bridge_polls(const struct pollfd *fds, nfds_t nfds);
int atls_bridge_poll(struct pollfd *fds, nfds_t nfds, int64_t timeout_ns, const sigset_t *mask);
bool atls_bridge_selects(int nfds, const fd_set *readfds);
int atls_bridge_select(int nfds, fd_set *readfds, fd_set *writefds, fd_set *exceptfds,
		       int64_t timeout_ns, const sigset_t *mask);
