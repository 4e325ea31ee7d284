/* SPDX-License-Identifier: Apache-2.0 */
/* The home of a thread's paused jobs. */
#include "bridge/home.h"

#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/conn.h"
#include "base/fdtable.h"
#include "base/thread.h"
#include "engine/task.h"

/* glibc's, for destructors of C++'s thread_local, which it runs before those of pthread keys. */
int __cxa_thread_atexit_impl(void (*function)(void *), void *argument, void *object)
	__attribute__((weak));
extern void *__dso_handle __attribute__((visibility("hidden")));

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* taken ahead of any home's */
static struct atls_home *homes;

_Atomic unsigned int atls_home_paused;

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
	for (struct atls_home *home = homes; home; home = home->next)
		pthread_mutex_lock(&home->lock);
}

static void after_fork_parent(void)
{
	for (struct atls_home *home = homes; home; home = home->next)
		pthread_mutex_unlock(&home->lock);
	pthread_mutex_unlock(&lock);
}

/* What the parent's engine computes does not reach the child, nor do the parent's threads. */
static void after_fork_child(void)
{
	for (struct atls_home *home = homes; home; home = home->next) {
		for (struct atls_conn *conn = home->first; conn; conn = conn->bridge.next)
			conn->bridge.inherited = true;
		pthread_mutex_init(&home->lock, NULL);
	}
	pthread_mutex_init(&lock, NULL);
}

static void follow_forks(void)
{
	pthread_atfork(before_fork, after_fork_parent, after_fork_child);
}

/* One whose thread has ended, or a new one; NULL when memory is out. */
static struct atls_home *move_in(void)
{
	struct atls_home *home;

	pthread_mutex_lock(&lock);
	for (home = homes; home; home = home->next)
		if (atomic_load(&home->ended) && !atomic_load(&home->paused))
			break;
	if (home) {
		atomic_store(&home->ended, false);
	} else if ((home = calloc(1, sizeof(*home)))) {
		pthread_mutex_init(&home->lock, NULL);
		home->next = homes;
		homes = home;
	}
	pthread_mutex_unlock(&lock);
	return home;
}

static void move_out(void *at_end)
{
	struct atls_home *home = atls_self.home;

	/* The end of the first thread is the process's, which needs nothing of all that. */
	if (syscall(SYS_gettid) == getpid())
		return;
	atls_self.ending = true;
	((void (*)(void))at_end)();
	atls_self.home = NULL;
	atomic_store(&home->ended, true);
}

struct atls_home *atls_home_mine(void (*at_end)(void))
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (atls_self.home || atls_self.ending)
		return atls_self.home;
	pthread_once(&once, follow_forks);
	atls_self.home = move_in();
	if (atls_self.home && __cxa_thread_atexit_impl)
		__cxa_thread_atexit_impl(move_out, (void *)at_end, &__dso_handle);
	return atls_self.home;
}

static bool is_astray(const struct atls_conn *conn)
{
	return conn->bridge.unwatched || conn->bridge.handed || conn->bridge.freed;
}

void atls_home_add(struct atls_home *home, struct atls_conn *conn)
{
	struct atls_fd *socket = atls_fd_find(conn->bridge.socket);
	struct atls_conn *stale = atls_home_lock_socket(socket);

	if (stale) { /* closed out of our sight */
		struct atls_home *other = atomic_load(&stale->bridge.home);

		atls_home_cut(other, stale);
		atls_home_unlock(other);
	}
	pthread_mutex_lock(&home->lock);
	conn->bridge.job = ATLS_JOB_PAUSED;
	conn->bridge.turn = home->turn - 1;
	conn->bridge.handed = conn->bridge.freed = false;
	conn->bridge.next = home->first;
	conn->bridge.prev = &home->first;
	if (home->first)
		home->first->bridge.prev = &conn->bridge.next;
	home->first = conn;
	socket->bridge.conn = conn;
	atomic_store(&socket->bridge.home, home);
	atomic_store(&conn->bridge.home, home);
	atomic_fetch_add(&home->paused, 1);
	atomic_fetch_add(&home->astray, is_astray(conn));
	atomic_fetch_add(&atls_home_paused, 1);
	pthread_mutex_unlock(&home->lock);
}

struct atls_conn *atls_home_lock_socket(struct atls_fd *socket)
{
	struct atls_home *home = socket ? atomic_load(&socket->bridge.home) : NULL;

	while (home) {
		pthread_mutex_lock(&home->lock);
		if (atomic_load(&socket->bridge.home) == home)
			return socket->bridge.conn;
		pthread_mutex_unlock(&home->lock);
		home = atomic_load(&socket->bridge.home);
	}
	return NULL;
}

struct atls_home *atls_home_lock(struct atls_conn *conn)
{
	struct atls_home *home = atomic_load(&conn->bridge.home);

	if (!home)
		return NULL;
	pthread_mutex_lock(&home->lock);
	if (atomic_load(&conn->bridge.home) == home)
		return home;
	pthread_mutex_unlock(&home->lock);
	return NULL;
}

void atls_home_unlock(struct atls_home *home)
{
	pthread_mutex_unlock(&home->lock);
}

void atls_home_cut(struct atls_home *home, struct atls_conn *conn)
{
	struct atls_fd *socket = atls_fd_find(conn->bridge.socket);

	if (socket && socket->bridge.conn == conn && atomic_load(&socket->bridge.home) == home) {
		atomic_store(&socket->bridge.home, NULL);
		socket->bridge.conn = NULL;
	}
	conn->bridge.socket = -1;
	atls_home_set_unwatched(home, conn, false);
}

void atls_home_remove(struct atls_home *home, struct atls_conn *conn)
{
	atls_home_cut(home, conn);
	*conn->bridge.prev = conn->bridge.next;
	if (conn->bridge.next)
		conn->bridge.next->bridge.prev = conn->bridge.prev;
	atomic_fetch_sub(&home->astray, is_astray(conn));
	atomic_fetch_sub(&home->paused, 1);
	atomic_fetch_sub(&atls_home_paused, 1);
	conn->bridge.handed = conn->bridge.freed = false;
	atomic_store(&conn->bridge.home, NULL);
}

static void set(struct atls_home *home, struct atls_conn *conn, bool *flag, bool value)
{
	bool before = is_astray(conn);

	*flag = value;
	atomic_fetch_add(&home->astray, is_astray(conn) - before);
}

void atls_home_set_unwatched(struct atls_home *home, struct atls_conn *conn, bool unwatched)
{
	set(home, conn, &conn->bridge.unwatched, unwatched);
}

void atls_home_set_handed(struct atls_home *home, struct atls_conn *conn)
{
	set(home, conn, &conn->bridge.handed, true);
}

void atls_home_set_freed(struct atls_home *home, struct atls_conn *conn)
{
	set(home, conn, &conn->bridge.freed, true);
}

bool atls_home_done(const struct atls_conn *conn)
{
	return !conn->engine.task || conn->engine.withdrawn || atls_task_done(conn->engine.task);
}

bool atls_home_ready(const struct atls_conn *conn)
{
	switch (conn->bridge.job) {
	case ATLS_JOB_PAUSED:
		return !conn->bridge.handed && atls_home_done(conn);
	case ATLS_JOB_RUNNING:
		return false;
	default:
		return true;
	}
}
