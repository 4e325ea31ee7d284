/* SPDX-License-Identifier: Apache-2.0 */
/* The bridge: the connection's side. */
#include "bridge/bridge.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>

#include "base/config.h"
#include "base/conn.h"
#include "base/real.h"
#include "base/thread.h"
#include "bridge/choice.h"
#include "engine/task.h"
#include "trace/tracer.h"

/*
 * That programs with a custom BIO leave it to a loop to wait for input: seen when a handshake call
 * of one returned for want of input. Others (Apache) wait inside the BIO, and would take that for a
 * failure.
 */
static _Atomic bool custom_bios_return;

/* Only while no job is paused: else the state machine would run on two stacks at once. */
static void stop_bridging(SSL *ssl, struct atls_conn *conn)
{
	REAL(SSL_ctrl)(ssl, SSL_CTRL_CLEAR_MODE, SSL_MODE_ASYNC, NULL);
	conn->bridge.state = ATLS_BRIDGE_OFF;
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
	if (!conn->engine.task || conn->bridge.inherited || atls_task_done(conn->engine.task))
		return false;
	if (conn->bridge.read_fd >= 0 || REAL(SSL_get_rfd)(ssl) == conn->bridge.socket)
		return true;
	atls_task_wait(
		conn->engine.task); /* it has got another socket, which nobody watches for us */
	return false;
}

bool atls_bridge_may_call(SSL *ssl, struct atls_conn *conn)
{
	if (atls_config.mode != ATLS_MODE_BRIDGE)
		return true;
	if (conn->bridge.state == ATLS_BRIDGE_UNDECIDED)
		atls_bridge_choose(ssl, conn);
	if (!conn->bridge.paused)
		return true;
	if (must_wait(ssl, conn)) {
		ATLS_EMIT(bridge_suppressed, .conn = conn->id);
		look_like_no_input();
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

/* The connection's socket, if a loop that must not block may be watching it; else -1. */
static int loop_socket(const SSL *ssl, struct atls_conn *conn)
{
	int fd = REAL(SSL_get_rfd)(ssl);

	if (fd >= 0)
		conn->bridge.read_fd = -1;
	else if (atomic_load(&custom_bios_return))
		fd = conn->bridge.read_fd;
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
	if (conn->engine.task)
		atls_task_wait(conn->engine.task);
	else
		wait_for_fds(ssl);
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

/* The job has paused. Returns true if it can go on at once. */
static bool after_pause(SSL *ssl, struct atls_conn *conn)
{
	REAL(ERR_clear_error)();
	conn->bridge.inherited = false;
	if (conn->engine.task && atls_task_done(conn->engine.task)) {
		note_no_wait(ssl, conn);
		return true;
	}
	conn->bridge.socket = loop_socket(ssl, conn);
	conn->bridge.paused =
		conn->engine.task && conn->bridge.socket >= 0 && atls_bridge_watch(conn);
	if (!conn->bridge.paused) {
		wait_here(ssl, conn);
		return true;
	}
	show_no_input(ssl, conn);
	look_like_no_input();
	return false;
}

/*
 * The job is over. A server's handshake has one private-key operation (it signs, or it decrypts):
 * once that was done, what is left of the handshake needs no job.
 */
static bool after_finish(SSL *ssl, struct atls_conn *conn, int want)
{
	bool no_jobs = want == SSL_ASYNC_NO_JOBS;

	if (want == SSL_READING && conn->bridge.read_fd >= 0 && !atomic_load(&custom_bios_return))
		atomic_store(&custom_bios_return, REAL(SSL_get_rfd)(ssl) < 0);
	if (no_jobs || conn->engine.key_op_done || REAL(SSL_is_init_finished)(ssl))
		stop_bridging(ssl, conn);
	return no_jobs; /* then do it without a job, here and now */
}

bool atls_bridge_again(SSL *ssl, struct atls_conn *conn, int ret)
{
	int want;

	if (conn->engine.key_op_fresh)
		atls_bridge_note_cost(conn);
	if (conn->bridge.state != ATLS_BRIDGE_ON)
		return false;
	conn->bridge.paused = false;
	want = ret > 0 ? SSL_NOTHING : REAL(SSL_want)(ssl);
	return want == SSL_ASYNC_PAUSED ? after_pause(ssl, conn) : after_finish(ssl, conn, want);
}

int atls_bridge_finish_handshake(SSL *ssl, struct atls_conn *conn)
{
	int ret;

	if (atls_config.mode != ATLS_MODE_BRIDGE || conn->bridge.state == ATLS_BRIDGE_OFF)
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

bool atls_bridge_hides(const struct atls_conn *conn)
{
	return conn && conn->bridge.paused;
}

static void ignore_info(const SSL *ssl, int where, int ret)
{
}

/* What joins a connection to its peer and to the program. */
struct attachments {
	BIO *rbio, *wbio;
	void (*info)(const SSL *ssl, int where, int ret);
};

static BIO *referenced(BIO *bio)
{
	if (bio)
		REAL(BIO_up_ref)(bio);
	return bio;
}

/* Cut the connection off from both, as the program believes its handshake over. */
static void isolate(SSL *ssl, struct attachments *kept)
{
	*kept = (struct attachments){ referenced(REAL(SSL_get_rbio)(ssl)),
				      referenced(REAL(SSL_get_wbio)(ssl)),
				      REAL(SSL_get_info_callback)(ssl) };
	REAL(SSL_set_info_callback)(ssl, ignore_info); /* NULL would mean the SSL_CTX's */
	REAL(SSL_set0_rbio)(ssl, REAL(BIO_new)(REAL(BIO_s_null)()));
	REAL(SSL_set0_wbio)(ssl, REAL(BIO_new)(REAL(BIO_s_null)()));
}

static void rejoin(SSL *ssl, const struct attachments *kept)
{
	REAL(SSL_set0_rbio)(ssl, kept->rbio);
	REAL(SSL_set0_wbio)(ssl, kept->wbio);
	REAL(SSL_set_info_callback)(ssl, kept->info);
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
		if (!conn->engine.task)
			wait_for_fds(ssl);
	atls_self.frame = frame;
}

void atls_bridge_drain(SSL *ssl, struct atls_conn *conn)
{
	int saved = errno;
	struct attachments kept;

	if (!conn->bridge.paused)
		return;
	atls_bridge_unwatch(conn);
	conn->engine.abandoned = true;
	REAL(ERR_set_mark)();
	isolate(ssl, &kept);
	run_to_its_end(ssl, conn);
	rejoin(ssl, &kept);
	REAL(ERR_pop_to_mark)();
	conn->bridge.paused = false;
	ATLS_EMIT(bridge_drained, .conn = conn->id);
	errno = saved;
}

void atls_bridge_cleared(struct atls_conn *conn)
{
	if (conn->bridge.state == ATLS_BRIDGE_OFF)
		conn->bridge.state = ATLS_BRIDGE_UNDECIDED;
	conn->engine = (struct atls_conn_engine){ .task = conn->engine.task };
	conn->bridge.inherited = false;
	conn->trace.handshake_noted = false;
}
