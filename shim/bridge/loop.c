/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bridge: the event loop's side. A paused connection's wait fd is put into the epoll set that
 * watches its socket, under a tag of ours; when the kernel reports the tag, the program is given the
 * socket's own data instead.
 *
 *    63       48 47        32 31                0
 *   |  TAG      | generation |      wait fd      |     epoll data of a wait fd
 */
#include "bridge/bridge.h"

#include <stdlib.h>

#include "conn.h"
#include "engine/task.h"
#include "fdtable.h"
#include "shim.h"
#include "thread.h"

/* Not the beginning of a user-space pointer, nor likely in a counter or fd. */
#define TAG UINT64_C(0xa5c7)

static uint64_t tag_of(int wait_fd, uint32_t generation)
{
	return TAG << 48 | (uint64_t)(generation & 0xffff) << 32 | (uint32_t)wait_fd;
}

/* The entry of the wait fd that data names, if it is one of ours and still the same one. */
static struct atls_fd *tagged(uint64_t data)
{
	struct atls_fd *entry = data >> 48 == TAG ? atls_fd_find((int)(uint32_t)data) : NULL;

	return entry && atomic_load(&entry->socket) && data == tag_of((int)(uint32_t)data, entry->generation) ? entry
													      : NULL;
}

/* Edge-triggered: each wake-up is reported once, and nothing spins until the job has drained the fd. */
static bool control(int epfd, int op, int wait_fd, const struct atls_fd *entry)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET, .data.u64 = tag_of(wait_fd, entry->generation) };

	return !REAL_LIBC(epoll_ctl)(epfd, op, wait_fd, &event);
}

static bool register_with(struct atls_conn *conn, int epfd)
{
	struct atls_fd *entry = atls_fd_get(conn->wait_fd);

	if (!entry)
		return false;
	entry->generation++;
	atomic_store(&entry->socket, conn->socket + 1);
	if (!control(epfd, EPOLL_CTL_ADD, conn->wait_fd, entry)) {
		atomic_store(&entry->socket, 0);
		return false;
	}
	conn->epoll = epfd;
	return true;
}

bool atls_bridge_watch(struct atls_conn *conn)
{
	struct atls_fd *entry = atls_fd_get(conn->socket);
	int watcher;

	if (!entry)
		return false;
	conn->wait_fd = conn->task->notifier->fd;
	atomic_store(&entry->conn, conn);
	watcher = atomic_load(&entry->watcher);
	if (conn->epoll >= 0 && watcher == conn->epoll + 1)
		return true;
	if (watcher)
		return register_with(conn, watcher - 1);
	/* Not watched yet. A program that waits in epoll will add it after this call has returned. */
	return atls_self.epoll;
}

/* The connection's events were off, or its wait fd elsewhere: make up for what was missed meanwhile. */
static void rewatch(struct atls_conn *conn, int epfd)
{
	struct atls_fd *entry = atls_fd_find(conn->wait_fd);

	if (conn->epoll == epfd && entry)
		control(epfd, EPOLL_CTL_MOD, conn->wait_fd, entry);
	else
		register_with(conn, epfd);
}

void atls_bridge_epoll_changed(int epfd, int op, int fd)
{
	struct atls_fd *entry = atls_fd_find(fd);
	struct atls_conn *conn = entry ? atomic_load(&entry->conn) : NULL;

	if (conn && conn->paused && conn->socket == fd && op != EPOLL_CTL_DEL)
		rewatch(conn, epfd);
}

/* Tell the program that the socket is readable, in its own words. False if there is nobody to tell. */
static bool translate_one(int epfd, struct epoll_event *event, struct atls_fd *wait)
{
	int wait_fd = (int)(uint32_t)event->data.u64;
	struct atls_fd *socket = atls_fd_find(atomic_load(&wait->socket) - 1);
	struct atls_conn *conn = socket ? atomic_load(&socket->conn) : NULL;

	ATLS_EMIT(fd_ready, .wctx = atomic_load(&wait->wctx), .fd = wait_fd);
	if (!conn || !conn->paused || atomic_load(&socket->watcher) != epfd + 1)
		return false;
	event->events = EPOLLIN;
	event->data.u64 = socket->data;
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
		struct atls_fd *wait = tagged(event.data.u64);

		if (wait && !translate_one(epfd, &event, wait))
			continue;
		translated = translated || wait;
		if (translated && merged(events, kept, &event))
			continue;
		events[kept++] = event;
	}
	return kept;
}

static void forget_socket(int fd)
{
	struct atls_fd *entry = atls_fd_find(fd);

	if (entry)
		atomic_store(&entry->conn, NULL);
}

void atls_bridge_forget(struct atls_conn *conn)
{
	struct atls_fd *wait = atls_fd_find(conn->wait_fd);
	struct atls_fd *socket = atls_fd_find(conn->socket);

	if (wait)
		atomic_store(&wait->socket, 0);
	if (socket && atomic_load(&socket->conn) == conn)
		forget_socket(conn->socket);
}

void atls_bridge_fd_closed(int fd)
{
	forget_socket(fd);
}
