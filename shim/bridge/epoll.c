/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bridge: epoll's side. A paused connection's wait fd is put into the epoll set that watches
 * its socket, under a tag of ours; when the kernel reports the tag, the program is given the
 * socket's own data instead. Meanwhile the kernel is not asked for the socket's input; what has
 * come is reported when it is asked again. So no event is ever withheld but those of the wait fds.
 *
 *    63       48 47        32 31                0
 *   |  TAG      | generation |      wait fd      |     epoll data of a wait fd
 *
 * The wait fd is registered as the socket is (level, edge, one-shot; not at all while the program
 * does not ask for input), so that the program gets as many events as it would of a readable
 * socket.
 */
#include "bridge/epoll.h"

#include <errno.h>
#include <sys/eventfd.h>

#include "base/conn.h"
#include "base/fdtable.h"
#include "base/real.h"
#include "bridge/home.h"
#include "bridge/loops.h"
#include "engine/task.h"
#include "trace/tracer.h"

/* Not the beginning of a user-space pointer, nor likely in a counter or fd. */
#define TAG UINT64_C(0xa5c7)

/* What makes a program call again; there is no point in that while the job waits. */
#define INPUT (EPOLLIN | EPOLLRDNORM | EPOLLRDBAND | EPOLLPRI | EPOLLRDHUP)

static uint64_t tag_of(int wait_fd, uint32_t generation)
{
	return TAG << 48 | (uint64_t)(generation & 0xffff) << 32 | (uint32_t)wait_fd;
}

static bool is_tag(uint64_t data)
{
	return data >> 48 == TAG;
}

static int epoll_control(int epfd, int op, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event event = { .events = events, .data.u64 = data };
	int saved = errno;
	int failure = REAL_LIBC(epoll_ctl)(epfd, op, fd, &event) ? errno : 0;

	errno = saved;
	return failure;
}

/* How the wait fd is to be registered, given how its socket is. */
static uint32_t mirror(const struct atls_fd *socket)
{
	uint32_t wanted = atomic_load(&socket->epoll.events);
	uint32_t events = wanted & (EPOLLET | EPOLLONESHOT);

	return wanted & (EPOLLIN | EPOLLRDNORM) ? events | EPOLLIN : events;
}

static bool control_wait_fd(int epfd, int op, int wait_fd, uint32_t events)
{
	const struct atls_fd *wait = atls_fd_find(wait_fd);

	return !epoll_control(epfd, op, wait_fd, events,
			      tag_of(wait_fd, atomic_load(&wait->bridge.generation)));
}

/*
 * Change the kernel's interest in a socket; an exclusive one cannot be modified. False if it is not
 * in that set: its number may have been closed and reused out of our sight.
 */
static bool set_interest(int epfd, int fd, const struct atls_fd *socket, uint32_t events)
{
	bool exclusive = atomic_load(&socket->epoll.events) & EPOLLEXCLUSIVE;
	uint64_t data = atomic_load(&socket->epoll.data);

	if (!exclusive)
		return !epoll_control(epfd, EPOLL_CTL_MOD, fd, events, data);
	return !epoll_control(epfd, EPOLL_CTL_DEL, fd, 0, 0) &&
	       !epoll_control(epfd, EPOLL_CTL_ADD, fd, events, data);
}

/* No input from now on, and a hang-up, which cannot be declined, once. */
static bool narrow(int epfd, int fd, struct atls_fd *socket)
{
	uint32_t events = atomic_load(&socket->epoll.events) & ~INPUT;

	socket->bridge.narrowed = set_interest(epfd, fd, socket, events | EPOLLET);
	socket->bridge.spent = false;
	return socket->bridge.narrowed;
}

/* As the program has it; input that has come meanwhile is reported now. */
static void widen(int fd, struct atls_fd *socket)
{
	int watcher = atomic_load(&socket->epoll.watcher);

	if (socket->bridge.narrowed && watcher && !socket->bridge.spent)
		set_interest(watcher - 1, fd, socket, atomic_load(&socket->epoll.events));
	socket->bridge.narrowed = false;
}

/* Let the wait fd stand for the socket in that set, too, or as the set has it by now. */
static bool register_with(struct atls_conn *conn, struct atls_fd *socket, int epfd)
{
	int wait_fd = conn->bridge.notifier->fd;
	struct atls_fd *wait = atls_fd_get(wait_fd);

	if (!wait)
		return false;
	if (conn->bridge.epoll == epfd)
		return control_wait_fd(epfd, EPOLL_CTL_MOD, wait_fd, mirror(socket));
	atomic_fetch_add(&wait->bridge.generation, 1);
	atomic_store(&wait->bridge.socket, conn->bridge.socket + 1);
	if (!control_wait_fd(epfd, EPOLL_CTL_ADD, wait_fd, mirror(socket))) {
		atomic_store(&wait->bridge.socket, 0);
		return false;
	}
	conn->bridge.epoll = epfd;
	return true;
}

/* By its number, which is its own for as long as we hold the notifier and nobody closes it. */
static void unregister(struct atls_conn *conn)
{
	int wait_fd = conn->bridge.notifier->fd;
	struct atls_fd *wait = atls_fd_find(wait_fd);

	if (conn->bridge.epoll >= 0 && wait && atomic_exchange(&wait->bridge.socket, 0))
		control_wait_fd(conn->bridge.epoll, EPOLL_CTL_DEL, wait_fd, 0);
	conn->bridge.epoll = -1;
}

/* With the lock. False if its loop has it, and cannot be made to wait for the job. */
static bool join_loop(struct atls_conn *conn, struct atls_fd *socket)
{
	int watcher = atomic_load(&socket->epoll.watcher), fd = conn->bridge.socket;

	if (watcher && !narrow(watcher - 1, fd, socket)) {
		atomic_store(&socket->epoll.watcher, 0);
		watcher = 0;
	}
	conn->bridge.unwatched = !watcher;
	if (!watcher)
		return atls_loops_own(fd);
	if (register_with(conn, socket, watcher - 1))
		return true;
	widen(fd, socket);
	return false;
}

bool atls_bridge_watch(struct atls_conn *conn, struct atls_home *home)
{
	struct atls_fd *socket = atls_fd_get(conn->bridge.socket);
	struct atls_notifier *notifier = conn->engine.task->notifier;
	int watcher;

	if (!socket || notifier->fd < 0)
		return false;
	conn->bridge.notifier = notifier;
	conn->bridge.epoll = -1;
	if (!join_loop(conn, socket))
		return false;
	atls_notifier_ref(notifier);
	atls_home_add(home, conn);
	/* Another thread may have added it to a set in this moment. */
	watcher = conn->bridge.unwatched ? atomic_load(&socket->epoll.watcher) : 0;
	if (watcher)
		atls_bridge_epoll_changed(watcher - 1, EPOLL_CTL_ADD, conn->bridge.socket);
	return true;
}

void atls_bridge_leave_loop(struct atls_conn *conn)
{
	struct atls_fd *socket = atls_fd_find(conn->bridge.socket);

	/* A forked child has the parent's set, in which it must not meddle. */
	if (conn->bridge.inherited)
		return;
	unregister(conn);
	if (socket && socket->bridge.conn == conn)
		widen(conn->bridge.socket, socket);
}

void atls_bridge_unwatch(struct atls_conn *conn)
{
	struct atls_home *home = atls_home_lock(conn);
	struct atls_notifier *notifier;

	if (!home)
		return;
	atls_bridge_leave_loop(conn);
	notifier = conn->bridge.notifier;
	conn->bridge.notifier = NULL;
	atls_home_remove(home, conn);
	atls_home_unlock(home);
	atls_notifier_unref(notifier);
}

/*
 * The program has given the socket another set, data or interest, which holds for the wait fd, too.
 */
static void follow(struct atls_conn *conn, struct atls_fd *socket, int epfd, int op, int fd)
{
	if (op == EPOLL_CTL_DEL ? conn->bridge.epoll == epfd : conn->bridge.epoll != epfd)
		unregister(conn);
	if (op == EPOLL_CTL_DEL)
		return;
	narrow(epfd, fd, socket);
	if (register_with(conn, socket, epfd))
		atls_home_set_unwatched(atomic_load(&conn->bridge.home), conn, false);
}

void atls_bridge_epoll_changed(int epfd, int op, int fd)
{
	struct atls_fd *socket = atls_fd_find(fd);
	struct atls_conn *conn;

	atls_loops_note_control(epfd, op, fd);
	conn = atls_home_lock_socket(socket);
	if (!conn)
		return;
	socket->bridge.narrowed = socket->bridge.spent = false;
	if (!conn->bridge.inherited)
		follow(conn, socket, epfd, op, fd);
	atls_home_unlock(atomic_load(&conn->bridge.home));
}

/* With the lock. Whether the program is to have an event now; if not, the wait fd goes quiet. */
static bool is_due(struct atls_conn *conn, const struct atls_fd *socket, int epfd)
{
	int wait_fd = conn->bridge.notifier->fd;
	eventfd_t ignored;

	if (atls_home_ready(conn))
		return true;
	/* First drain, then look: a wake-up that comes after the look is not lost. */
	eventfd_read(wait_fd, &ignored);
	if (atls_home_ready(conn))
		return true;
	if (atomic_load(&socket->epoll.events) & EPOLLONESHOT)
		control_wait_fd(epfd, EPOLL_CTL_MOD, wait_fd, mirror(socket));
	return false;
}

/* An event of a wait fd becomes one of its socket. False if there is nothing to report. */
static bool translate_wait_fd(int epfd, struct epoll_event *event)
{
	int wait_fd = (int)(uint32_t)event->data.u64;
	struct atls_fd *wait = atls_fd_find(wait_fd), *socket;
	struct atls_conn *conn;
	bool due;

	if (!wait || event->data.u64 != tag_of(wait_fd, atomic_load(&wait->bridge.generation)))
		return false;
	ATLS_EMIT(fd_ready, .wctx = atomic_load(&wait->trace.wctx), .fd = wait_fd);
	socket = atls_fd_find(atomic_load(&wait->bridge.socket) - 1);
	conn = atls_home_lock_socket(socket);
	if (!conn)
		return false;
	due = conn->bridge.notifier->fd == wait_fd && is_due(conn, socket, epfd);
	if (due) {
		event->events = EPOLLIN;
		event->data.u64 = atomic_load(&socket->epoll.data);
		socket->bridge.spent = atomic_load(&socket->epoll.events) & EPOLLONESHOT;
	}
	atls_home_unlock(atomic_load(&conn->bridge.home));
	return due;
}

/* One event for each socket: if it is in the list already, the news are added to that one. */
static bool merged(struct epoll_event *events, int n, const struct epoll_event *event)
{
	for (int i = 0; i < n; i++)
		if (events[i].data.u64 == event->data.u64) {
			events[i].events |= event->events;
			return true;
		}
	return false;
}

int atls_bridge_translate(int epfd, struct epoll_event *events, int n)
{
	bool translated = false;
	int kept = 0;

	for (int i = 0; i < n; i++) {
		struct epoll_event event = events[i];

		if (is_tag(event.data.u64)) {
			if (!translate_wait_fd(epfd, &event))
				continue;
			translated = true;
		}
		if (translated && merged(events, kept, &event))
			continue;
		events[kept++] = event;
	}
	return kept;
}

void atls_bridge_fd_closed(int fd)
{
	struct atls_fd *entry = atls_fd_find(fd);
	struct atls_conn *conn = atls_home_lock_socket(entry);
	struct atls_home *home;

	if (conn) {
		home = atomic_load(&conn->bridge.home);
		if (!conn->bridge.inherited)
			unregister(conn);
		atls_home_cut(home, conn);
		atls_home_unlock(home);
	}
	/* A wait fd that the program closes, as it closes all that there are, is no more ours. */
	if (entry && atomic_exchange(&entry->bridge.socket, 0))
		atomic_fetch_add(&entry->bridge.generation, 1);
}
