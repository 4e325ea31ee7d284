/* SPDX-License-Identifier: Apache-2.0 */
/* Wrappers of the waits of event loops: when a thread waits, and which wait fds it is told of. */
#include <poll.h>
#include <sys/select.h>
#include <time.h>

#include "bridge/bridge.h"
#include "fdtable.h"
#include "ptrmap.h"
#include "shim.h"
#include "thread.h"

/*
 * Wait fds that the program itself has put into an epoll set, by the data that it will be told of
 * them with: data + 2 (as 0 and 1 cannot be keys) to fd + 1.
 */
static struct atls_ptrmap watched = ATLS_PTRMAP_INIT;

static const void *key_of(uint64_t data)
{
	return (const void *)(uintptr_t)(data + 2);
}

static bool interesting(void)
{
	return atls_self.tls && atls_recorded(ATLS_EV_loop_exit);
}

static void note_ready(int fd)
{
	uint32_t wctx = atls_fd_wctx(fd);

	if (wctx)
		ATLS_EMIT(fd_ready, .wctx = wctx, .fd = fd);
}

static void note_epoll_events(const struct epoll_event *events, int n)
{
	if (atls_ptrmap_unused(&watched))
		return;
	for (int i = 0; i < n; i++) {
		uint64_t fd = atls_ptrmap_get(&watched, key_of(events[i].data.u64));

		if (fd)
			note_ready((int)fd - 1);
	}
}

/* Remember who watches fd, and with what data. */
static void note_watch(int epfd, int op, int fd, const struct epoll_event *event)
{
	struct atls_fd *entry = atls_config.mode == ATLS_MODE_BRIDGE ? atls_fd_get(fd) : atls_fd_find(fd);

	if (!entry)
		return;
	if (op == EPOLL_CTL_DEL) {
		if (atomic_load(&entry->wctx))
			atls_ptrmap_take(&watched, key_of(entry->data));
		atomic_store(&entry->watcher, 0);
		return;
	}
	entry->data = event->data.u64;
	atomic_store(&entry->watcher, epfd + 1);
	if (atomic_load(&entry->wctx))
		atls_ptrmap_put(&watched, key_of(event->data.u64), fd + 1);
}

EXPORT int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	int ret = REAL_LIBC(epoll_ctl)(epfd, op, fd, event);

	if (!ret && (atls_fd_find(fd) || atls_config.mode == ATLS_MODE_BRIDGE)) {
		note_watch(epfd, op, fd, event);
		if (atls_config.mode == ATLS_MODE_BRIDGE)
			atls_bridge_epoll_changed(epfd, op, fd);
	}
	return ret;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/*
 * Wait, and give the program its own events only. If all that came was news of connections that are
 * gone, the wait goes on for what is left of its time.
 */
static int wait_bridged(int epfd, struct epoll_event *events, int maxevents, int timeout, const sigset_t *mask)
{
	int64_t end = timeout > 0 ? now_ms() + timeout : 0;
	int n, kept;

	for (;;) {
		n = REAL_LIBC(epoll_pwait)(epfd, events, maxevents, timeout, mask);
		if (n <= 0)
			return n;
		kept = atls_bridge_translate(epfd, events, n);
		if (kept || !timeout)
			return kept;
		if (timeout > 0)
			timeout = end > now_ms() ? (int)(end - now_ms()) : 0;
	}
}

EXPORT int epoll_pwait(int epfd, struct epoll_event *events, int maxevents, int timeout, const sigset_t *mask)
{
	bool note;
	int n;

	atls_self.epoll = true;
	note = interesting();
	if (note)
		ATLS_EMIT(loop_enter, .timeout = timeout);
	if (atls_config.mode == ATLS_MODE_BRIDGE)
		n = wait_bridged(epfd, events, maxevents, timeout, mask);
	else
		n = REAL_LIBC(epoll_pwait)(epfd, events, maxevents, timeout, mask);
	if (note) {
		note_epoll_events(events, n);
		ATLS_EMIT(loop_exit, .ready = n);
	}
	return n;
}

EXPORT int epoll_wait(int epfd, struct epoll_event *events, int maxevents, int timeout)
{
	return epoll_pwait(epfd, events, maxevents, timeout, NULL);
}

EXPORT int poll(struct pollfd *fds, nfds_t nfds, int timeout)
{
	int n;

	if (!interesting())
		return REAL_LIBC(poll)(fds, nfds, timeout);
	ATLS_EMIT(loop_enter, .timeout = timeout);
	n = REAL_LIBC(poll)(fds, nfds, timeout);
	for (nfds_t i = 0; n > 0 && i < nfds; i++)
		if (fds[i].revents)
			note_ready(fds[i].fd);
	ATLS_EMIT(loop_exit, .ready = n);
	return n;
}

EXPORT int select(int nfds, fd_set *readfds, fd_set *writefds, fd_set *exceptfds, struct timeval *timeout)
{
	int n;

	if (!interesting())
		return REAL_LIBC(select)(nfds, readfds, writefds, exceptfds, timeout);
	ATLS_EMIT(loop_enter, .timeout = timeout ? (int)(timeout->tv_sec * 1000 + timeout->tv_usec / 1000) : -1);
	n = REAL_LIBC(select)(nfds, readfds, writefds, exceptfds, timeout);
	for (int fd = 0; n > 0 && readfds && fd < nfds; fd++)
		if (FD_ISSET(fd, readfds))
			note_ready(fd);
	ATLS_EMIT(loop_exit, .ready = n);
	return n;
}
