/* SPDX-License-Identifier: Apache-2.0 */
/* The bridge: the connection's side. */
#include "bridge/bridge.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>

#include "bridge/choice.h"
#include "conn.h"
#include "engine/task.h"
#include "shim.h"
#include "thread.h"

/*
 * That programs with a custom BIO leave it to a loop to wait for input: seen when a handshake call of one
 * returned for want of input. Others (Apache) wait inside the BIO, and would take that for a failure.
 */
static _Atomic bool custom_bios_return;

/* Only while no job is paused: else the state machine would run on two stacks at once. */
static void stop_bridging(SSL *ssl, struct atls_conn *conn)
{
	REAL(SSL_ctrl)(ssl, SSL_CTRL_CLEAR_MODE, SSL_MODE_ASYNC, NULL);
	conn->bridging = ATLS_BRIDGE_OFF;
}

/* The answer to a call that has to wait is that of a socket without input. */
static void look_like_no_input(void)
{
	REAL(ERR_clear_error)();
	errno = EAGAIN;
}

static bool must_wait(SSL *ssl, struct atls_conn *conn)
{
	/* In a forked child, the engine has to see that it is not the parent's. */
	if (!conn->task || conn->inherited || atls_task_done(conn->task))
		return false;
	if (conn->read_fd >= 0 || REAL(SSL_get_rfd)(ssl) == conn->socket)
		return true;
	atls_task_wait(conn->task); /* it has got another socket, which nobody watches for us */
	return false;
}

bool atls_bridge_may_call(SSL *ssl)
{
	struct atls_conn *conn = atls_self.frame.conn;

	if (atls_config.mode != ATLS_MODE_BRIDGE)
		return true;
	if (conn->bridging == ATLS_BRIDGE_UNDECIDED)
		atls_bridge_choose(ssl, conn);
	if (!conn->paused)
		return true;
	if (must_wait(ssl, conn)) {
		ATLS_EMIT(bridge_suppressed, .conn = conn->id);
		look_like_no_input();
		return false;
	}
	atls_bridge_unwatch(conn);
	/* A call that begins clears what other connections have left there; one that goes on does not. */
	REAL(ERR_clear_error)();
	return true;
}

void atls_bridge_reads(int fd)
{
	struct atls_conn *conn = atls_self.frame.conn;

	if (conn->bridging == ATLS_BRIDGE_ON)
		conn->read_fd = fd;
}

/* The connection's socket, if a loop that must not block may be watching it; else -1. */
static int loop_socket(const SSL *ssl, struct atls_conn *conn)
{
	int fd = REAL(SSL_get_rfd)(ssl);

	if (fd >= 0)
		conn->read_fd = -1;
	else if (atomic_load(&custom_bios_return))
		fd = conn->read_fd;
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
 * HAProxy calls again until it has seen its BIO's recv fail for want of input, loop or no loop: show it
 * that. Other custom BIOs may hold input of their own, which must not be read past the connection.
 */
static void starve(SSL *ssl, struct atls_conn *conn)
{
	BIO *bio = REAL(SSL_get_rbio)(ssl);
	char nothing;

	if (conn->read_fd < 0 || !bio || strcmp(REAL(BIO_method_name)(bio), "ha methods"))
		return;
	atls_self.starved = true;
	REAL(BIO_read)(bio, &nothing, 1);
	atls_self.starved = false;
}

/* Done as soon as it paused: whether a loop would have been told, the trace has to know all the same. */
static void note_no_wait(SSL *ssl, struct atls_conn *conn)
{
	if (atls_recorded(ATLS_EV_bridge_waited) && loop_socket(ssl, conn) < 0)
		ATLS_EMIT(bridge_waited, .conn = conn->id);
}

/* The job has paused. Returns true if it can go on at once. */
static bool after_pause(SSL *ssl, struct atls_conn *conn)
{
	REAL(ERR_clear_error)();
	conn->inherited = false;
	if (conn->task && atls_task_done(conn->task)) {
		note_no_wait(ssl, conn);
		return true;
	}
	conn->socket = loop_socket(ssl, conn);
	conn->paused = conn->task && conn->socket >= 0 && atls_bridge_watch(conn);
	if (!conn->paused) {
		wait_here(ssl, conn);
		return true;
	}
	starve(ssl, conn);
	look_like_no_input();
	return false;
}

/*
 * The job is over. A server's handshake has one private-key operation (it signs, or it decrypts): once
 * that was done, what is left of the handshake needs no job.
 */
static bool after_finish(SSL *ssl, struct atls_conn *conn, int want)
{
	bool no_jobs = want == SSL_ASYNC_NO_JOBS;

	if (want == SSL_READING && conn->read_fd >= 0 && !atomic_load(&custom_bios_return))
		atomic_store(&custom_bios_return, REAL(SSL_get_rfd)(ssl) < 0);
	if (no_jobs || conn->offloaded || REAL(SSL_is_init_finished)(ssl))
		stop_bridging(ssl, conn);
	return no_jobs; /* then do it without a job, here and now */
}

bool atls_bridge_again(SSL *ssl, int ret)
{
	struct atls_conn *conn = atls_self.frame.conn;
	int want;

	if (conn->learnt)
		atls_bridge_learn(conn);
	if (conn->bridging != ATLS_BRIDGE_ON)
		return false;
	conn->paused = false;
	want = ret > 0 ? SSL_NOTHING : REAL(SSL_want)(ssl);
	return want == SSL_ASYNC_PAUSED ? after_pause(ssl, conn) : after_finish(ssl, conn, want);
}

int atls_bridge_finish_handshake(SSL *ssl)
{
	struct atls_conn *conn = atls_self.frame.conn;
	int ret;

	if (atls_config.mode != ATLS_MODE_BRIDGE || conn->bridging == ATLS_BRIDGE_OFF)
		return 1;
	if (!atls_bridge_may_call(ssl))
		return -1;
	if (conn->bridging == ATLS_BRIDGE_OFF || REAL(SSL_is_init_finished)(ssl))
		return 1;
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

bool atls_bridge_hides(const SSL *ssl)
{
	const struct atls_conn *conn =
		atls_config.mode == ATLS_MODE_BRIDGE ? atls_conn_find(ssl) : NULL;

	return conn && conn->paused;
}

static void ignore_info(const SSL *ssl, int where, int ret)
{
}

/* What a connection is joined to its peer and to the program by. */
struct ties {
	BIO *rbio, *wbio;
	void (*info)(const SSL *ssl, int where, int ret);
};

static BIO *keep(BIO *bio)
{
	if (bio)
		REAL(BIO_up_ref)(bio);
	return bio;
}

/* Cut the connection off from both, as the program believes its handshake over. */
static void isolate(SSL *ssl, struct ties *ties)
{
	*ties = (struct ties){ keep(REAL(SSL_get_rbio)(ssl)), keep(REAL(SSL_get_wbio)(ssl)),
			       REAL(SSL_get_info_callback)(ssl) };
	REAL(SSL_set_info_callback)(ssl, ignore_info); /* NULL would mean the SSL_CTX's */
	REAL(SSL_set0_rbio)(ssl, REAL(BIO_new)(REAL(BIO_s_null)()));
	REAL(SSL_set0_wbio)(ssl, REAL(BIO_new)(REAL(BIO_s_null)()));
}

static void rejoin(SSL *ssl, const struct ties *ties)
{
	REAL(SSL_set0_rbio)(ssl, ties->rbio);
	REAL(SSL_set0_wbio)(ssl, ties->wbio);
	REAL(SSL_set_info_callback)(ssl, ties->info);
}

static void run_to_its_end(SSL *ssl, struct atls_conn *conn)
{
	struct atls_frame frame = atls_self.frame;

	atls_self.frame = (struct atls_frame){ .conn = conn,
					       .conn_id = conn->id,
					       .op = ATLS_OP_HANDSHAKE,
					       .work = ATLS_OP_HANDSHAKE,
					       .depth = 1 };
	while (REAL(SSL_do_handshake)(ssl) <= 0 && REAL(SSL_want)(ssl) == SSL_ASYNC_PAUSED)
		if (!conn->task)
			wait_for_fds(ssl);
	atls_self.frame = frame;
}

void atls_bridge_drain(SSL *ssl, struct atls_conn *conn)
{
	int saved = errno;
	struct ties ties;

	if (!conn->paused)
		return;
	atls_bridge_unwatch(conn);
	conn->abandoned = true;
	REAL(ERR_set_mark)();
	isolate(ssl, &ties);
	run_to_its_end(ssl, conn);
	rejoin(ssl, &ties);
	REAL(ERR_pop_to_mark)();
	conn->paused = false;
	ATLS_EMIT(bridge_drained, .conn = conn->id);
	errno = saved;
}

void atls_bridge_cleared(struct atls_conn *conn)
{
	if (conn->bridging == ATLS_BRIDGE_OFF)
		conn->bridging = ATLS_BRIDGE_UNDECIDED;
	conn->abandoned = conn->offloaded = conn->learnt = conn->cheap = conn->inherited = false;
	conn->handshake_noted = false;
}
