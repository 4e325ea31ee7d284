/* SPDX-License-Identifier: Apache-2.0 */
/* The bridged connections whose jobs are paused. */
#include "bridge/paused.h"

#include <pthread.h>
#include <stdint.h>
#include <time.h>

#include "base/conn.h"
#include "base/fdtable.h"
#include "engine/task.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct atls_conn *first;

_Atomic unsigned int atls_paused_count;
_Atomic bool atls_paused_forked;

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
}

static void after_fork_parent(void)
{
	atomic_store(&atls_paused_forked, true);
	pthread_mutex_unlock(&lock);
}

/* What the parent's engine computes does not reach the child. */
static void after_fork_child(void)
{
	for (struct atls_conn *conn = first; conn; conn = conn->bridge.next)
		conn->bridge.inherited = true;
	pthread_mutex_init(&lock, NULL);
}

static void follow_forks(void)
{
	pthread_atfork(before_fork, after_fork_parent, after_fork_child);
}

void atls_paused_add(struct atls_conn *conn)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, follow_forks);
	pthread_mutex_lock(&lock);
	conn->bridge.next = first;
	conn->bridge.prev = &first;
	if (first)
		first->bridge.prev = &conn->bridge.next;
	first = conn;
	atomic_store(&atls_fd_find(conn->bridge.socket)->bridge.conn, conn);
	atomic_fetch_add(&atls_paused_count, 1);
	pthread_mutex_unlock(&lock);
}

bool atls_paused_remove(struct atls_conn *conn)
{
	struct atls_fd *socket = atls_fd_find(conn->bridge.socket);
	bool mine;

	if (!conn->bridge.prev)
		return false;
	pthread_mutex_lock(&lock);
	*conn->bridge.prev = conn->bridge.next;
	if (conn->bridge.next)
		conn->bridge.next->bridge.prev = conn->bridge.prev;
	conn->bridge.prev = NULL;
	mine = atomic_load(&socket->bridge.conn) == conn;
	if (mine)
		atomic_store(&socket->bridge.conn, NULL);
	atomic_fetch_sub(&atls_paused_count, 1);
	pthread_mutex_unlock(&lock);
	return mine;
}

static bool can_go_on(const struct atls_conn *conn)
{
	return !conn->engine.task || atls_task_done(conn->engine.task);
}

enum atls_paused_state atls_paused_look(struct atls_fd *socket, int *wait_fd)
{
	enum atls_paused_state state = ATLS_PAUSED_NOT;
	struct atls_conn *conn;

	if (!atomic_load_explicit(&socket->bridge.conn, memory_order_relaxed))
		return state;
	pthread_mutex_lock(&lock);
	conn = atomic_load(&socket->bridge.conn);
	if (conn) {
		state = can_go_on(conn) ? ATLS_PAUSED_READY : ATLS_PAUSED_WAITING;
		if (wait_fd)
			*wait_fd = conn->bridge.wait_fd;
	}
	pthread_mutex_unlock(&lock);
	return state;
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void atls_paused_recheck(void)
{
	static _Atomic int64_t last;
	int64_t now = now_ns(), before = atomic_load_explicit(&last, memory_order_relaxed);

	if (now - before < ATLS_PAUSED_PATIENCE_NS ||
	    !atomic_compare_exchange_strong(&last, &before, now))
		return;
	pthread_mutex_lock(&lock);
	for (struct atls_conn *conn = first; conn; conn = conn->bridge.next)
		if (conn->engine.task && can_go_on(conn))
			atls_notifier_wake(conn->engine.task->notifier);
	pthread_mutex_unlock(&lock);
}
