/* SPDX-License-Identifier: Apache-2.0 */
/* The bridge: the connection's side. */
#include "bridge/bridge.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/config.h"
#include "base/conn.h"
#include "base/query.h"
#include "base/real.h"
#include "base/thread.h"
#include "bridge/choice.h"
#include "bridge/epoll.h"
#include "bridge/finish.h"
#include "bridge/home.h"
#include "bridge/loops.h"
#include "engine/task.h"
#include "trace/tracer.h"

/*
 * That programs with a custom BIO leave it to a loop to wait for input: seen when a handshake call
 * of one returned for want of input. Others (Apache) wait inside the BIO, and would take that for a
 * failure.
 */
static _Atomic bool custom_bios_return;

bool atls_bridge_is_over(const struct atls_conn *conn)
{
	/* The state is another thread's to change as long as it has the job. */
	return !atomic_load(&conn->bridge.home) && conn->bridge.state == ATLS_BRIDGE_OFF;
}

/* -1 if it has none, which OpenSSL takes for an error. */
static int socket_of(const SSL *ssl)
{
	int fd;

	atls_query_begin();
	fd = REAL(SSL_get_rfd)(ssl);
	atls_query_end();
	return fd;
}

/* The answer to a call that has to wait is that of a socket without input. */
static void look_like_no_input(struct atls_conn *conn)
{
	REAL(ERR_clear_error)();
	conn->bridge.answered = true;
	errno = EAGAIN;
}

/* The connection's socket, if a loop that must not block may be watching it; else -1. */
static int loop_socket(const SSL *ssl, struct atls_conn *conn)
{
	int fd = socket_of(ssl);

	if (fd >= 0)
		conn->bridge.read_fd = -1;
	else if (atomic_load(&custom_bios_return))
		fd = conn->bridge.read_fd;
	return fd >= 0 && fcntl(fd, F_GETFL) & O_NONBLOCK ? fd : -1;
}

/*
 * The call that begins may start a job only if that could be paused, or be waited for inside the
 * call: else there is to be none.
 */
static void choose_place(SSL *ssl, struct atls_conn *conn)
{
	int fd = loop_socket(ssl, conn);
	bool in_place = fd >= 0 && atls_loops_seen(fd) && !atls_loops_own(fd);

	if (conn->bridge.caller && conn->bridge.caller != atls_thread_number())
		atls_loops_note_handed();
	conn->bridge.caller = atls_thread_number();
	if (in_place == conn->bridge.in_place)
		return;
	conn->bridge.in_place = in_place;
	conn->engine.no_job = in_place ? ATLS_REASON_LOOP : ATLS_REASON_NO_JOB;
	REAL(SSL_ctrl)(ssl, in_place ? SSL_CTRL_CLEAR_MODE : SSL_CTRL_MODE, SSL_MODE_ASYNC, NULL);
}

/* Another thread than its own calls on a paused connection: from now on, its own cannot. */
static bool hand_over(struct atls_conn *conn)
{
	struct atls_home *home = atls_home_lock(conn);
	bool wait;

	if (!home)
		return false;
	wait = conn->bridge.job != ATLS_JOB_HOME;
	if (wait && !conn->bridge.handed) {
		atls_loops_note_handed();
		atls_loops_note_strayed();
		atls_home_set_handed(home, conn);
	}
	atls_home_unlock(home);
	return wait;
}

/* The job is this thread's own. */
static bool is_under_way(SSL *ssl, struct atls_conn *conn)
{
	/* In a forked child, the engine has to see that it is not the parent's. */
	if (conn->bridge.job == ATLS_JOB_HOME || conn->bridge.inherited || !conn->engine.task ||
	    atls_task_done(conn->engine.task))
		return false;
	if (conn->bridge.socket >= 0 &&
	    (conn->bridge.read_fd >= 0 || socket_of(ssl) == conn->bridge.socket))
		return true;
	/* It has got another socket, which nobody watches for us. */
	atls_task_wait(conn->engine.task);
	return false;
}

static bool must_wait(SSL *ssl, struct atls_conn *conn)
{
	return atomic_load(&conn->bridge.home) == atls_self.home ? is_under_way(ssl, conn)
								 : hand_over(conn);
}

bool atls_bridge_may_call(SSL *ssl, struct atls_conn *conn)
{
	if (atls_config.mode != ATLS_MODE_BRIDGE)
		return true;
	if (!atomic_load(&conn->bridge.home)) {
		if (conn->bridge.state == ATLS_BRIDGE_UNDECIDED)
			atls_bridge_choose(ssl, conn);
		if (conn->bridge.state == ATLS_BRIDGE_ON)
			choose_place(ssl, conn);
		return true;
	}
	if (must_wait(ssl, conn)) {
		ATLS_EMIT(bridge_suppressed, .conn = conn->id);
		look_like_no_input(conn);
		return false;
	}
	atls_bridge_unwatch(conn);
	/*
	 * A call that begins clears what other connections have left there; one that goes on does
	 * not.
	 */
	REAL(ERR_clear_error)();
	return true;
}

void atls_bridge_reads(struct atls_conn *conn, int fd)
{
	if (conn->bridge.state == ATLS_BRIDGE_ON)
		conn->bridge.read_fd = fd;
}

static void wait_here(SSL *ssl, struct atls_conn *conn)
{
	ATLS_EMIT(bridge_waited, .conn = conn->id);
	atls_finish_wait(ssl, conn);
}

/*
 * HAProxy calls again until it has seen its BIO's recv fail for want of input, loop or no loop:
 * show it that. Other custom BIOs may hold input of their own, which must not be read past the
 * connection.
 */
static void show_no_input(SSL *ssl, struct atls_conn *conn)
{
	BIO *bio = REAL(SSL_get_rbio)(ssl);
	char nothing;

	if (conn->bridge.read_fd < 0 || !bio || strcmp(REAL(BIO_method_name)(bio), "ha methods"))
		return;
	atls_self.input_hidden = true;
	REAL(BIO_read)(bio, &nothing, 1);
	atls_self.input_hidden = false;
}

/*
 * The operation was done as soon as the job had paused. The trace has to say all the same whether a
 * loop could have been notified.
 */
static void note_no_wait(SSL *ssl, struct atls_conn *conn)
{
	if (atls_recorded(ATLS_EV_bridge_waited) && loop_socket(ssl, conn) < 0)
		ATLS_EMIT(bridge_waited, .conn = conn->id);
}

/* See to it that the program comes back for the job. False if it must not, or would not. */
static bool may_pause(struct atls_conn *conn)
{
	struct atls_home *home = atls_home_mine(atls_finish_thread);

	return home && conn->engine.task && conn->bridge.socket >= 0 &&
	       atls_loops_own(conn->bridge.socket) && atls_bridge_watch(conn, home);
}

/* The job has paused. Returns true if it can go on at once. */
static bool after_pause(SSL *ssl, struct atls_conn *conn)
{
	REAL(ERR_clear_error)();
	conn->bridge.inherited = false;
	conn->bridge.ssl = ssl;
	if (conn->engine.task && atls_task_done(conn->engine.task)) {
		note_no_wait(ssl, conn);
		return true;
	}
	conn->bridge.socket = loop_socket(ssl, conn);
	if (!may_pause(conn)) {
		wait_here(ssl, conn);
		return true;
	}
	show_no_input(ssl, conn);
	look_like_no_input(conn);
	return false;
}

/* The connection waits for input: whose loop does that tells what becomes of the next ones. */
static void note_reading(SSL *ssl, struct atls_conn *conn, bool over)
{
	int fd;

	if (!over && conn->bridge.read_fd >= 0 && !atomic_load(&custom_bios_return))
		atomic_store(&custom_bios_return, socket_of(ssl) < 0);
	fd = loop_socket(ssl, conn);
	if (fd >= 0)
		atls_loops_note_call(fd, over);
}

/*
 * The job is over. A server's handshake has one private-key operation (it signs, or it decrypts):
 * once that was done, what is left of the handshake needs no job.
 */
static bool after_finish(SSL *ssl, struct atls_conn *conn, int want)
{
	bool no_jobs = want == SSL_ASYNC_NO_JOBS, over = REAL(SSL_is_init_finished)(ssl);

	if (want == SSL_READING || over)
		note_reading(ssl, conn, over);
	if (no_jobs || conn->engine.key_op_done || over)
		atls_finish_bridging(ssl, conn);
	return no_jobs; /* then do it without a job, here and now */
}

bool atls_bridge_again(SSL *ssl, struct atls_conn *conn, int ret)
{
	int want;

	if (conn->engine.key_op_fresh)
		atls_bridge_note_cost(conn);
	if (conn->bridge.state != ATLS_BRIDGE_ON)
		return false;
	want = ret > 0 ? SSL_NOTHING : REAL(SSL_want)(ssl);
	return want == SSL_ASYNC_PAUSED ? after_pause(ssl, conn) : after_finish(ssl, conn, want);
}

int atls_bridge_finish_handshake(SSL *ssl, struct atls_conn *conn)
{
	int ret;

	if (atls_config.mode != ATLS_MODE_BRIDGE || atls_bridge_is_over(conn))
		return 1;
	if (!atls_bridge_may_call(ssl, conn))
		return -1;
	if (conn->bridge.state == ATLS_BRIDGE_OFF || REAL(SSL_is_init_finished)(ssl))
		return 1;
	do
		ret = REAL(SSL_do_handshake)(ssl);
	while (atls_bridge_again(ssl, conn, ret));
	return ret;
}

static bool is_bridged(const struct atls_conn *conn)
{
	return conn && conn->bridge.state == ATLS_BRIDGE_ON;
}

int atls_bridge_error(const struct atls_conn *conn, int error)
{
	return error == SSL_ERROR_WANT_ASYNC && is_bridged(conn) ? SSL_ERROR_WANT_READ : error;
}

int atls_bridge_want(const struct atls_conn *conn, int want)
{
	return want == SSL_ASYNC_PAUSED && is_bridged(conn) ? SSL_READING : want;
}

bool atls_bridge_answered(const struct atls_conn *conn)
{
	return conn && conn->bridge.answered;
}

bool atls_bridge_hides(const struct atls_conn *conn)
{
	return conn && atomic_load(&conn->bridge.home);
}

void atls_bridge_cleared(struct atls_conn *conn)
{
	if (conn->bridge.state == ATLS_BRIDGE_OFF) {
		conn->bridge.state = ATLS_BRIDGE_UNDECIDED;
		conn->bridge.in_place = false;
		conn->engine.no_job = ATLS_REASON_NO_JOB;
	}
	/* libssl calls it as well, at the beginning of a handshake. */
	conn->engine = (struct atls_conn_engine){ .task = conn->engine.task,
						  .no_job = conn->engine.no_job };
	conn->bridge.inherited = false;
	conn->trace.handshake_noted = false;
}
