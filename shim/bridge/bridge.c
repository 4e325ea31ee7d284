/* SPDX-License-Identifier: Apache-2.0 */
/* The bridge: the connection's side. */
#include "bridge/bridge.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>

#include "conn.h"
#include "engine/task.h"
#include "fdtable.h"
#include "shim.h"
#include "thread.h"

static bool has_async_mode(SSL *ssl)
{
	return REAL(SSL_ctrl)(ssl, SSL_CTRL_MODE, 0, NULL) & SSL_MODE_ASYNC;
}

static void decide(SSL *ssl, struct atls_conn *conn)
{
	static bool told;

	conn->bridging = ATLS_BRIDGE_OFF;
	if (has_async_mode(ssl)) {
		if (!told)
			atls_complain("this program sets SSL_MODE_ASYNC itself: its connections are not bridged");
		told = true;
	} else if (REAL(SSL_is_server)(ssl)) {
		REAL(SSL_ctrl)(ssl, SSL_CTRL_MODE, SSL_MODE_ASYNC, NULL);
		conn->bridging = ATLS_BRIDGE_ON;
	}
}

/* Only while no job is paused: else the state machine would run on two stacks at once. */
static void stop_bridging(SSL *ssl, struct atls_conn *conn)
{
	REAL(SSL_ctrl)(ssl, SSL_CTRL_CLEAR_MODE, SSL_MODE_ASYNC, NULL);
	conn->bridging = ATLS_BRIDGE_OFF;
}

bool atls_bridge_may_call(SSL *ssl)
{
	struct atls_conn *conn = atls_self.frame.conn;

	if (atls_config.mode != ATLS_MODE_BRIDGE)
		return true;
	if (conn->bridging == ATLS_BRIDGE_UNDECIDED)
		decide(ssl, conn);
	if (!conn->paused || !conn->task || atls_task_done(conn->task))
		return true;
	ATLS_EMIT(bridge_suppressed, .conn = conn->id);
	return false;
}

/* The connection's socket, if a loop that must not block may be watching it. */
static int watchable_socket(const SSL *ssl)
{
	int fd = REAL(SSL_get_rfd)(ssl);

	return fd >= 0 && fcntl(fd, F_GETFL) & O_NONBLOCK ? fd : -1;
}

/* A job paused by somebody else's engine: wait for that one's wait fds, or just look again. */
static void wait_for_fds(SSL *ssl)
{
	OSSL_ASYNC_FD fds[8];
	struct pollfd polls[8];
	size_t n = 0;

	if (!REAL(SSL_get_all_async_fds)(ssl, NULL, &n) || !n || n > 8 ||
	    !REAL(SSL_get_all_async_fds)(ssl, fds, &n)) {
		sched_yield();
		return;
	}
	for (size_t i = 0; i < n; i++)
		polls[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	REAL_LIBC(poll)(polls, n, 1000);
}

static void wait_here(SSL *ssl, struct atls_conn *conn)
{
	ATLS_EMIT(bridge_waited, .conn = conn->id);
	if (conn->task)
		atls_task_wait(conn->task);
	else
		wait_for_fds(ssl);
}

/*
 * The job is over. A server's handshake has one private-key operation (it signs, or it decrypts): once
 * that was offloaded, what is left of the handshake needs no job.
 */
static bool after_finish(SSL *ssl, struct atls_conn *conn, bool no_jobs)
{
	if (no_jobs || conn->offloaded || REAL(SSL_is_init_finished)(ssl))
		stop_bridging(ssl, conn);
	return no_jobs; /* then do it without a job, here and now */
}

bool atls_bridge_again(SSL *ssl, int ret)
{
	struct atls_conn *conn = atls_self.frame.conn;
	int want;

	if (conn->bridging != ATLS_BRIDGE_ON)
		return false;
	want = ret > 0 ? SSL_NOTHING : REAL(SSL_want)(ssl);
	conn->paused = want == SSL_ASYNC_PAUSED;
	if (!conn->paused)
		return after_finish(ssl, conn, want == SSL_ASYNC_NO_JOBS);
	conn->socket = watchable_socket(ssl);
	if (conn->task && conn->socket >= 0 && atls_bridge_watch(conn))
		return false;
	wait_here(ssl, conn);
	return true;
}

int atls_bridge_finish_handshake(SSL *ssl)
{
	struct atls_conn *conn = atls_self.frame.conn;
	int ret;

	if (conn->bridging != ATLS_BRIDGE_ON)
		return 1;
	if (!atls_bridge_may_call(ssl))
		return -1;
	do
		ret = REAL(SSL_do_handshake)(ssl);
	while (atls_bridge_again(ssl, ret));
	return ret;
}

int atls_bridge_error(const SSL *ssl, int error)
{
	const struct atls_conn *conn = error == SSL_ERROR_WANT_ASYNC ? atls_conn_find(ssl) : NULL;

	return conn && conn->bridging == ATLS_BRIDGE_ON ? SSL_ERROR_WANT_READ : error;
}

int atls_bridge_want(const SSL *ssl, int want)
{
	const struct atls_conn *conn = want == SSL_ASYNC_PAUSED ? atls_conn_find(ssl) : NULL;

	return conn && conn->bridging == ATLS_BRIDGE_ON ? SSL_READING : want;
}

static void ignore_info(const SSL *ssl, int where, int ret)
{
}

/* Cut the connection off from its peer and from the program, which believes it gone. */
static void isolate(SSL *ssl)
{
	REAL(SSL_set_info_callback)(ssl, ignore_info); /* NULL would mean the SSL_CTX's */
	REAL(SSL_set_msg_callback)(ssl, NULL);
	REAL(SSL_set0_rbio)(ssl, REAL(BIO_new)(REAL(BIO_s_null)()));
	REAL(SSL_set0_wbio)(ssl, REAL(BIO_new)(REAL(BIO_s_null)()));
}

void atls_bridge_drain(SSL *ssl, struct atls_conn *conn)
{
	struct atls_frame frame = atls_self.frame;

	if (!conn->paused)
		return;
	conn->abandoned = true;
	REAL(ERR_set_mark)();
	isolate(ssl);
	atls_self.frame = (struct atls_frame){ .conn = conn, .conn_id = conn->id, .op = ATLS_OP_HANDSHAKE,
					       .work = ATLS_OP_HANDSHAKE, .depth = 1 };
	do
		REAL(SSL_do_handshake)(ssl);
	while (REAL(SSL_want)(ssl) == SSL_ASYNC_PAUSED);
	atls_self.frame = frame;
	REAL(ERR_pop_to_mark)();
	conn->paused = false;
	ATLS_EMIT(bridge_drained, .conn = conn->id);
}
