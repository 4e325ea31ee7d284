/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bridge: what brings paused jobs to their end where the program's own next call does not. Only
 * the thread that paused a job can, so other threads leave theirs to it.
 */
#include "bridge/finish.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <time.h>

#include "base/conn.h"
#include "base/real.h"
#include "base/thread.h"
#include "bridge/epoll.h"
#include "bridge/home.h"
#include "engine/task.h"
#include "engine/workers.h"
#include "trace/tracer.h"

/* How long a wait may take while the thread must see to some of its jobs itself, or to none. */
#define ASTRAY_NS 10000000
#define PATIENCE_NS 1000000000
/* How often, ms apart, one thread looks whether another, or a worker, is done. */
#define LOOKS 1000

void atls_finish_bridging(SSL *ssl, struct atls_conn *conn)
{
	REAL(SSL_ctrl)(ssl, SSL_CTRL_CLEAR_MODE, SSL_MODE_ASYNC, NULL);
	conn->bridge.state = ATLS_BRIDGE_OFF;
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

void atls_finish_wait(SSL *ssl, struct atls_conn *conn)
{
	if (conn->engine.task)
		atls_task_wait(conn->engine.task);
	else
		wait_for_fds(ssl);
}

/* Resume the job until it is over, as if the program had called. */
static void run_to_its_end(SSL *ssl, struct atls_conn *conn)
{
	struct atls_frame frame = atls_self.frame;
	int saved = errno;

	atls_self.frame = (struct atls_frame){ .conn = conn,
					       .conn_id = conn->id,
					       .stack = frame.stack,
					       .op = ATLS_OP_HANDSHAKE,
					       .work = ATLS_OP_HANDSHAKE,
					       .depth = 1 };
	REAL(ERR_set_mark)();
	while (REAL(SSL_do_handshake)(ssl) <= 0 && REAL(SSL_want)(ssl) == SSL_ASYNC_PAUSED)
		if (!conn->engine.abandoned || !conn->engine.task)
			atls_finish_wait(ssl, conn);
	REAL(ERR_pop_to_mark)();
	atls_self.frame = frame;
	errno = saved;
}

static void ignore_info(const SSL *ssl, int where, int ret)
{
}

/* Cut the connection off from its peer and the program, which believes its handshake over. */
static void isolate(SSL *ssl)
{
	REAL(SSL_set_info_callback)(ssl, ignore_info); /* NULL would mean the SSL_CTX's */
	REAL(SSL_set0_rbio)(ssl, REAL(BIO_new)(REAL(BIO_s_null)()));
	REAL(SSL_set0_wbio)(ssl, REAL(BIO_new)(REAL(BIO_s_null)()));
}

static BIO *referenced(BIO *bio)
{
	if (bio)
		REAL(BIO_up_ref)(bio);
	return bio;
}

/*
 * Take the connection for this thread alone, for work without the lock. False if there is nothing
 * to take: it has no paused job, or has come home.
 */
static bool claim(struct atls_conn *conn)
{
	struct atls_home *home;
	bool running = true, paused = false;

	for (int i = 0; running && i < LOOKS; i++) {
		home = atls_home_lock(conn);
		if (!home)
			return false;
		running = conn->bridge.job == ATLS_JOB_RUNNING;
		paused = conn->bridge.job == ATLS_JOB_PAUSED;
		if (paused)
			conn->bridge.job = ATLS_JOB_RUNNING;
		atls_home_unlock(home);
		if (running)
			nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	return paused;
}

static bool is_mine(struct atls_conn *conn)
{
	return atomic_load(&conn->bridge.home) == atls_self.home;
}

/* The job of an abandoned connection can be brought to its end at once. */
static bool is_over(struct atls_conn *conn)
{
	struct atls_task *task = conn->engine.task;

	conn->engine.abandoned = true;
	conn->engine.withdrawn = task && atls_workers_withdraw(task);
	return conn->bridge.inherited || atls_home_done(conn);
}

/* Leave it to its thread, which frees it when the operation is over. */
static void leave_behind(struct atls_conn *conn)
{
	struct atls_home *home = atls_home_lock(conn);

	atls_bridge_leave_loop(conn);
	atls_home_cut(home, conn);
	atls_home_set_freed(home, conn);
	conn->bridge.job = ATLS_JOB_PAUSED;
	atls_home_unlock(home);
}

bool atls_bridge_may_free(SSL *ssl, struct atls_conn *conn)
{
	struct atls_home *home;
	bool running = false;

	if (!atomic_load(&conn->bridge.home))
		return true;
	if (claim(conn)) {
		isolate(ssl);
		if (!is_over(conn) || !is_mine(conn)) {
			leave_behind(conn);
			return false;
		}
		run_to_its_end(ssl, conn);
		ATLS_EMIT(bridge_drained, .conn = conn->id);
	} else if ((home = atls_home_lock(conn))) {
		running = conn->bridge.job == ATLS_JOB_RUNNING;
		if (running) /* for long: its thread waits in the midst of it */
			atls_home_set_freed(home, conn);
		atls_home_unlock(home);
	}
	if (!running)
		atls_bridge_unwatch(conn);
	return !running;
}

bool atls_bridge_drain(SSL *ssl, struct atls_conn *conn)
{
	void (*info)(const SSL *, int, int) = REAL(SSL_get_info_callback)(ssl);
	BIO *rbio, *wbio;

	if (!atomic_load(&conn->bridge.home))
		return true;
	if (!is_mine(conn))
		return false;
	if (!claim(conn)) {
		atls_bridge_unwatch(conn);
		return true;
	}
	atls_bridge_unwatch(conn);
	rbio = referenced(REAL(SSL_get_rbio)(ssl));
	wbio = referenced(REAL(SSL_get_wbio)(ssl));
	isolate(ssl);
	conn->engine.abandoned = true;
	run_to_its_end(ssl, conn);
	REAL(SSL_set0_rbio)(ssl, rbio);
	REAL(SSL_set0_wbio)(ssl, wbio);
	REAL(SSL_set_info_callback)(ssl, info);
	ATLS_EMIT(bridge_drained, .conn = conn->id);
	return true;
}

static void bury(struct atls_conn *conn)
{
	SSL *ssl = conn->bridge.ssl;

	run_to_its_end(ssl, conn);
	ATLS_EMIT(bridge_drained, .conn = conn->id);
	atls_bridge_unwatch(conn);
	REAL(SSL_free)(ssl);
}

/*
 * Bring the job to its end; whoever watches the socket is told that it is readable, and the next
 * call finds the handshake where it is then.
 */
static void bring_home(struct atls_conn *conn)
{
	SSL *ssl = conn->bridge.ssl;
	struct atls_home *home;
	bool freed;

	run_to_its_end(ssl, conn);
	home = atls_home_lock(conn);
	atls_finish_bridging(ssl, conn);
	conn->bridge.job = ATLS_JOB_HOME;
	atls_home_set_unwatched(home, conn, false);
	freed = conn->bridge.freed;
	REAL_LIBC(eventfd_write)(conn->bridge.notifier->fd, 1);
	atls_home_unlock(home);
	if (!freed)
		return;
	atls_bridge_unwatch(conn);
	REAL(SSL_free)(ssl);
}

/* The program's loop is not going to call. */
static bool is_lost(const struct atls_home *home, const struct atls_conn *conn)
{
	const struct atls_conn_bridge *b = &conn->bridge;

	return b->job == ATLS_JOB_PAUSED && !b->inherited &&
	       (b->handed || b->freed || (b->unwatched && b->turn != home->turn));
}

/* Claim one that its thread has to see to, and can. *more is set if there are others. */
static struct atls_conn *claim_lost(struct atls_home *home, bool *more)
{
	struct atls_conn *conn = NULL;

	*more = false;
	if (!atomic_load_explicit(&home->astray, memory_order_relaxed))
		return NULL;
	pthread_mutex_lock(&home->lock);
	for (conn = home->first; conn; conn = conn->bridge.next) {
		if (!is_lost(home, conn))
			continue;
		if (atls_home_done(conn))
			break;
		*more |= !conn->bridge.freed;
	}
	if (conn)
		conn->bridge.job = ATLS_JOB_RUNNING;
	pthread_mutex_unlock(&home->lock);
	return conn;
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void wake_forgotten(struct atls_home *home)
{
	int64_t now = now_ns();

	if (now - home->looked_ns < PATIENCE_NS)
		return;
	home->looked_ns = now;
	pthread_mutex_lock(&home->lock);
	for (struct atls_conn *conn = home->first; conn; conn = conn->bridge.next)
		if (conn->bridge.job == ATLS_JOB_PAUSED && conn->engine.task &&
		    atls_task_done(conn->engine.task))
			atls_notifier_wake(conn->bridge.notifier);
	pthread_mutex_unlock(&home->lock);
}

int64_t atls_bridge_tend(void)
{
	struct atls_home *home = atls_self.home;
	struct atls_conn *conn;
	bool more = false;

	/* Not from inside an SSL call, which may be on a job's stack. */
	if (!home || !atomic_load_explicit(&home->paused, memory_order_relaxed) ||
	    atls_self.frame.depth)
		return -1;
	while ((conn = claim_lost(home, &more)))
		if (conn->bridge.freed)
			bury(conn);
		else
			bring_home(conn);
	home->turn++;
	wake_forgotten(home);
	return more ? ASTRAY_NS : PATIENCE_NS;
}

/* Whether any of the thread's jobs might still come home in time. */
static bool any_under_way(struct atls_home *home)
{
	bool any = false;

	pthread_mutex_lock(&home->lock);
	for (struct atls_conn *conn = home->first; conn; conn = conn->bridge.next)
		any |= is_lost(home, conn) && !conn->bridge.freed;
	pthread_mutex_unlock(&home->lock);
	return any;
}

/* A connection that was freed, and whose operation is not over by then, is never released. */
void atls_finish_thread(void)
{
	struct atls_home *home = atls_self.home;

	pthread_mutex_lock(&home->lock);
	for (struct atls_conn *conn = home->first; conn; conn = conn->bridge.next)
		if (conn->bridge.job == ATLS_JOB_PAUSED)
			atls_home_set_handed(home, conn);
	pthread_mutex_unlock(&home->lock);
	for (int i = 0; i < LOOKS; i++) {
		atls_bridge_tend();
		if (!any_under_way(home))
			break;
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
}
