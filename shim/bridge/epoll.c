/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bridge: epoll's side. A paused connection's wait fd is put into the epoll set that watches
 * its socket, under a tag of ours; when the kernel reports the tag, the program is given the
 * socket's own data instead. What the kernel says of the socket meanwhile is held back until then.
 *
 *    63       48 47        32 31                0
 *   |  TAG      | generation |      wait fd      |     epoll data of a wait fd
 *
 * The wait fd is registered as the socket is (level, edge, one-shot; not at all while the program
 * does not ask for input), so that the program gets as many events as it would of a readable
 * socket.
 */
#include "bridge/bridge.h"

#include <errno.h>
#include <sys/eventfd.h>

#include "base/conn.h"
#include "base/fdtable.h"
#include "base/ptrmap.h"
#include "base/real.h"
#include "base/thread.h"
#include "bridge/paused.h"
#include "engine/task.h"
#include "trace/tracer.h"

/* Not the beginning of a user-space pointer, nor likely in a counter or fd. */
#define TAG UINT64_C(0xa5c7)

/* What makes a program call again; there is no point in that while the job waits. */
#define INPUT (EPOLLIN | EPOLLRDNORM | EPOLLRDBAND | EPOLLPRI | EPOLLRDHUP)

/* Sockets by epoll set and data, for as long as their events are of interest: to fd + 1. */
static struct atls_ptrmap tracked = ATLS_PTRMAP_INIT;
static _Atomic int ntracked;

static const void *key_of(int epfd, uint64_t data)
{
	uint64_t key = (data ^ (uint64_t)(epfd + 1) << 40) * UINT64_C(0xBF58476D1CE4E5B9);

	return (const void *)(uintptr_t)(key > 1 ? key : key + 2);
}

static void track(int fd, struct atls_fd *socket)
{
	int watcher = atomic_load(&socket->epoll.watcher);

	if (watcher && !atomic_exchange(&socket->bridge.tracked, true)) {
		atls_ptrmap_put(&tracked, key_of(watcher - 1, socket->epoll.data), fd + 1);
		atomic_fetch_add(&ntracked, 1);
	}
}

static void untrack(struct atls_fd *socket)
{
	if (!atomic_exchange(&socket->bridge.tracked, false))
		return;
	atls_ptrmap_take(&tracked,
			 key_of(atomic_load(&socket->epoll.watcher) - 1, socket->epoll.data));
	atomic_fetch_sub(&ntracked, 1);
}

static struct atls_fd *tracked_socket(int epfd, uint64_t data, int *fd)
{
	struct atls_fd *socket;

	*fd = (int)atls_ptrmap_get(&tracked, key_of(epfd, data)) - 1;
	socket = *fd >= 0 ? atls_fd_find(*fd) : NULL;
	return socket && atomic_load(&socket->epoll.watcher) == epfd + 1 &&
			       socket->epoll.data == data
		       ? socket
		       : NULL;
}

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
	uint32_t events = socket->epoll.events & (EPOLLET | EPOLLONESHOT);

	return !socket->bridge.disarmed && socket->epoll.events & (EPOLLIN | EPOLLRDNORM)
		       ? events | EPOLLIN
		       : events;
}

static bool control_wait_fd(int epfd, int op, int wait_fd, uint32_t events)
{
	const struct atls_fd *wait = atls_fd_find(wait_fd);

	return wait &&
	       !epoll_control(epfd, op, wait_fd, events, tag_of(wait_fd, wait->bridge.generation));
}

/* Change the kernel's interest in a socket; an exclusive one cannot be modified. */
static void set_interest(int epfd, int fd, const struct atls_fd *socket, uint32_t events)
{
	int op = socket->epoll.events & EPOLLEXCLUSIVE ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

	if (op == EPOLL_CTL_ADD)
		epoll_control(epfd, EPOLL_CTL_DEL, fd, 0, 0);
	epoll_control(epfd, op, fd, events, socket->epoll.data);
}

/* No more news of input until the job goes on; of hang-ups once, not again and again. */
static void narrow(int epfd, int fd, struct atls_fd *socket)
{
	socket->bridge.narrowed = true;
	set_interest(epfd, fd, socket, (socket->epoll.events & ~INPUT) | EPOLLET);
}

static void widen(int fd, struct atls_fd *socket)
{
	int watcher = atomic_load(&socket->epoll.watcher);

	if (socket->bridge.narrowed && watcher && !socket->bridge.disarmed)
		set_interest(watcher - 1, fd, socket, socket->epoll.events);
	socket->bridge.narrowed = false;
}

/*
 * Whether the socket is in that set still: its number may have been closed and reused out of our
 * sight, and then what was noted of it is a stranger's. Adding it once more must fail.
 */
static bool still_watched(int epfd, int fd)
{
	int failure = epoll_control(epfd, EPOLL_CTL_ADD, fd, 0, 0);

	if (!failure)
		epoll_control(epfd, EPOLL_CTL_DEL, fd, 0, 0);
	return failure == EEXIST;
}

static bool register_with(struct atls_conn *conn, struct atls_fd *socket, int epfd)
{
	struct atls_fd *wait = atls_fd_get(conn->bridge.wait_fd);

	if (!wait)
		return false;
	wait->bridge.generation++;
	atomic_store(&wait->bridge.socket, conn->bridge.socket + 1);
	/* It is there already if the operation was refused at first, as the queue was full. */
	if (!control_wait_fd(epfd, EPOLL_CTL_ADD, conn->bridge.wait_fd, mirror(socket)) &&
	    !control_wait_fd(epfd, EPOLL_CTL_MOD, conn->bridge.wait_fd, mirror(socket))) {
		atomic_store(&wait->bridge.socket, 0);
		return false;
	}
	conn->bridge.epoll = epfd;
	return true;
}

static void unregister(struct atls_conn *conn)
{
	struct atls_fd *wait = atls_fd_find(conn->bridge.wait_fd);

	if (conn->bridge.epoll >= 0 && wait &&
	    atomic_load(&wait->bridge.socket) == conn->bridge.socket + 1) {
		control_wait_fd(conn->bridge.epoll, EPOLL_CTL_DEL, conn->bridge.wait_fd, 0);
		atomic_store(&wait->bridge.socket, 0);
	}
	conn->bridge.epoll = -1;
}

/*
 * The job goes on, after which its wait fd is closed. That takes it out of the set as well, unless
 * a forked child has it, too; and a child has the parent's set, in which it must not meddle.
 */
static void let_go(struct atls_conn *conn)
{
	if (atls_paused_forked && !conn->bridge.inherited) {
		unregister(conn);
	} else if (conn->bridge.epoll >= 0) {
		atomic_store(&atls_fd_find(conn->bridge.wait_fd)->bridge.socket, 0);
		conn->bridge.epoll = -1;
	}
}

bool atls_bridge_watch(struct atls_conn *conn)
{
	struct atls_fd *socket = atls_fd_get(conn->bridge.socket);
	int watcher = socket ? atomic_load(&socket->epoll.watcher) : 0;

	if (!socket || conn->engine.task->notifier->fd < 0)
		return false;
	if (watcher && !still_watched(watcher - 1, conn->bridge.socket)) {
		untrack(socket);
		atomic_store(&socket->epoll.watcher, 0);
		watcher = 0;
	}
	/* Not watched yet: a program that waits in a loop will have it watched after this call. */
	if (!watcher && !atls_self.has_event_loop)
		return false;
	conn->bridge.wait_fd = conn->engine.task->notifier->fd;
	conn->bridge.epoll = -1;
	if (watcher && !register_with(conn, socket, watcher - 1))
		return false;
	socket->bridge.held = 0;
	socket->bridge.narrowed = false;
	atls_paused_add(conn);
	if (watcher)
		track(conn->bridge.socket, socket);
	return true;
}

void atls_bridge_unwatch(struct atls_conn *conn)
{
	struct atls_fd *socket = atls_fd_find(conn->bridge.socket);
	bool mine;

	if (!conn->bridge.prev)
		return;
	mine = atls_paused_remove(conn);
	let_go(conn);
	if (!mine || conn->bridge.inherited)
		return; /* the program has closed the socket; the number may be another file's */
	widen(conn->bridge.socket, socket);
	if (!(socket->epoll.events & EPOLLONESHOT))
		untrack(socket);
}

/*
 * The program has given the socket another set, data or interest, which holds for the wait fd, too.
 */
static void follow(struct atls_conn *conn, struct atls_fd *socket, int epfd, int op)
{
	if (op == EPOLL_CTL_DEL)
		unregister(conn);
	else if (conn->bridge.epoll == epfd)
		control_wait_fd(epfd, EPOLL_CTL_MOD, conn->bridge.wait_fd, mirror(socket));
	else
		register_with(conn, socket, epfd);
}

void atls_bridge_epoll_changing(int fd)
{
	struct atls_fd *socket = atls_fd_find(fd);

	if (socket)
		untrack(socket);
}

void atls_bridge_epoll_changed(int epfd, int op, int fd)
{
	struct atls_fd *socket = atls_fd_find(fd);
	struct atls_conn *conn = socket ? atomic_load(&socket->bridge.conn) : NULL;

	if (!socket)
		return;
	socket->bridge.narrowed = false;
	socket->bridge.disarmed = false;
	if (conn)
		follow(conn, socket, epfd, op);
	if (op != EPOLL_CTL_DEL && (conn || socket->epoll.events & EPOLLONESHOT))
		track(fd, socket);
}

/* A one-shot registration is used up by an event of either fd. */
static void disarm(int epfd, int fd, struct atls_fd *socket, int wait_fd)
{
	socket->bridge.disarmed = true;
	if (wait_fd >= 0)
		control_wait_fd(epfd, EPOLL_CTL_MOD, wait_fd, mirror(socket));
	else
		set_interest(epfd, fd, socket, EPOLLONESHOT);
}

/* An event of a wait fd becomes one of its socket. False if there is nothing to report. */
static bool translate_wait_fd(int epfd, struct epoll_event *event)
{
	int wait_fd = (int)(uint32_t)event->data.u64, awaited = -1, fd;
	struct atls_fd *wait = atls_fd_find(wait_fd), *socket;
	enum atls_paused_state state;
	eventfd_t ignored;

	if (!wait || event->data.u64 != tag_of(wait_fd, wait->bridge.generation))
		return false;
	fd = atomic_load(&wait->bridge.socket) - 1;
	socket = atls_fd_find(fd);
	ATLS_EMIT(fd_ready, .wctx = atomic_load(&wait->trace.wctx), .fd = wait_fd);
	state = socket ? atls_paused_look(socket, &awaited) : ATLS_PAUSED_NOT;
	if (state == ATLS_PAUSED_NOT || awaited != wait_fd) {
		control_wait_fd(epfd, EPOLL_CTL_DEL, wait_fd, 0);
		return false;
	}
	if (state == ATLS_PAUSED_WAITING) {
		/* First drain, then look: a wake-up that comes after the look is not lost. */
		eventfd_read(wait_fd, &ignored);
		if (atls_paused_look(socket, NULL) != ATLS_PAUSED_READY) {
			if (socket->epoll.events & EPOLLONESHOT)
				control_wait_fd(epfd, EPOLL_CTL_MOD, wait_fd, mirror(socket));
			return false;
		}
	}
	if (socket->epoll.events & EPOLLONESHOT)
		disarm(epfd, fd, socket, -1);
	event->events = EPOLLIN | socket->bridge.held;
	event->data.u64 = socket->epoll.data;
	socket->bridge.held = 0;
	return true;
}

/* An event of a socket whose job is paused, less what makes no sense to the program by now. */
static bool withhold(int epfd, int fd, struct atls_fd *socket, struct epoll_event *event,
		     int wait_fd)
{
	bool level = !(socket->epoll.events & EPOLLET),
	     oneshot = socket->epoll.events & EPOLLONESHOT;
	uint32_t input = event->events & INPUT;

	/* Two fds may have the same data: of ours the kernel would not report input any more. */
	if (socket->bridge.narrowed && input)
		return true;
	socket->bridge.held |= input;
	event->events &= ~input;
	if (!socket->bridge.narrowed &&
	    ((level && (input || event->events & (EPOLLHUP | EPOLLERR))) ||
	     (oneshot && !event->events)))
		narrow(epfd, fd, socket);
	if (!event->events)
		return false;
	if (oneshot)
		disarm(epfd, fd, socket, wait_fd);
	return true;
}

/* An event of a program's fd. False if it is to be kept from the program for now. */
static bool pass(int epfd, struct epoll_event *event)
{
	int fd, wait_fd = -1;
	struct atls_fd *socket = tracked_socket(epfd, event->data.u64, &fd);
	enum atls_paused_state state;

	if (!socket)
		return true;
	if (socket->bridge.disarmed)
		return false;
	state = atls_paused_look(socket, &wait_fd);
	if (state == ATLS_PAUSED_WAITING)
		return withhold(epfd, fd, socket, event, wait_fd);
	if (socket->epoll.events & EPOLLONESHOT) {
		if (state == ATLS_PAUSED_READY)
			disarm(epfd, fd, socket, wait_fd);
		socket->bridge.disarmed = true;
	}
	return true;
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
		} else if (atomic_load_explicit(&ntracked, memory_order_relaxed) &&
			   !pass(epfd, &event)) {
			continue;
		}
		if (translated && merged(events, kept, &event))
			continue;
		events[kept++] = event;
	}
	return kept;
}

void atls_bridge_fd_closed(int fd)
{
	struct atls_fd *socket = atls_fd_find(fd);

	if (!socket)
		return;
	untrack(socket);
	atomic_store(&socket->bridge.conn, NULL);
	socket->bridge.narrowed = false;
	socket->bridge.disarmed = false;
}
