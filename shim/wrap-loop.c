/* SPDX-License-Identifier: Apache-2.0 */
/* Wrappers of the waits of event loops: when a thread waits, and which wait fds it is told of. */
#include <errno.h>
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

/* The wait fd was given to poll or select: news if it is for the first time. */
static void note_polled(int fd, enum atls_watch watch)
{
	struct atls_fd *entry = atls_fd_find(fd);
	uint32_t wctx = entry ? atomic_load(&entry->wctx) : 0;

	if (!wctx || atomic_exchange(&entry->polled, wctx) == wctx)
		return;
	ATLS_EMIT(wait_fd_watch, .wctx = wctx, .fd = fd, .epfd = -1, .watch = watch);
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

/* What the event loop does with a wait fd, or too often with a connection's socket. */
static void note_control(int epfd, int op, int fd)
{
	struct atls_fd *entry = atls_fd_find(fd);
	uint32_t wctx, conn, count;

	if (!entry || !atls_recorded(ATLS_EV_wait_fd_watch))
		return;
	wctx = atomic_load(&entry->wctx);
	if (wctx)
		ATLS_EMIT(wait_fd_watch, .wctx = wctx, .fd = fd, .epfd = epfd, .watch = op);
	conn = atomic_load(&entry->conn_id);
	if (!conn)
		return;
	count = atomic_fetch_add(&entry->churn, 1) + 1;
	if (count >= 16 && !(count & (count - 1)))
		ATLS_EMIT(watch_churn, .conn = conn, .fd = fd, .count = count);
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
		note_control(epfd, op, fd);
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

_Static_assert(EPOLL_CTL_ADD == ATLS_WATCH_ADD && EPOLL_CTL_DEL == ATLS_WATCH_DEL &&
		       EPOLL_CTL_MOD == ATLS_WATCH_MOD,
	       "an epoll_ctl operation is its own code");

/* Announce a wait if it is of interest; *note tells whether end_wait has to. */
static void begin_wait(bool *note, int timeout)
{
	*note = interesting();
	if (*note)
		ATLS_EMIT(loop_enter, .timeout = timeout);
}

/* The wait is over; returns n, what it answered. */
static int end_wait(bool note, const struct epoll_event *events, int n)
{
	if (note) {
		if (events)
			note_epoll_events(events, n);
		ATLS_EMIT(loop_exit, .ready = n);
	}
	return n;
}

EXPORT int epoll_wait(int epfd, struct epoll_event *events, int maxevents, int timeout)
{
	bool note;
	int n;

	atls_self.epoll = true;
	begin_wait(&note, timeout);
	if (atls_config.mode == ATLS_MODE_BRIDGE)
		n = wait_bridged(epfd, events, maxevents, timeout, NULL);
	else
		n = REAL_LIBC(epoll_wait)(epfd, events, maxevents, timeout);
	return end_wait(note, events, n);
}

EXPORT int epoll_pwait(int epfd, struct epoll_event *events, int maxevents, int timeout, const sigset_t *mask)
{
	bool note;
	int n;

	atls_self.epoll = true;
	begin_wait(&note, timeout);
	if (atls_config.mode == ATLS_MODE_BRIDGE)
		n = wait_bridged(epfd, events, maxevents, timeout, mask);
	else
		n = REAL_LIBC(epoll_pwait)(epfd, events, maxevents, timeout, mask);
	return end_wait(note, events, n);
}

/* Milliseconds, rounded up as the kernel does; -1 for ever. */
static int ms_of(const struct timespec *t)
{
	return t ? (int)(t->tv_sec * 1000 + (t->tv_nsec + 999999) / 1000000) : -1;
}

EXPORT int epoll_pwait2(int epfd, struct epoll_event *events, int maxevents,
			const struct timespec *timeout, const sigset_t *mask)
{
	bool note;
	int n;

	if (!REAL_LIBC(epoll_pwait2)) {
		errno = ENOSYS;
		return -1;
	}
	atls_self.epoll = true;
	begin_wait(&note, ms_of(timeout));
	if (atls_config.mode == ATLS_MODE_BRIDGE)
		n = wait_bridged(epfd, events, maxevents, ms_of(timeout), mask);
	else
		n = REAL_LIBC(epoll_pwait2)(epfd, events, maxevents, timeout, mask);
	return end_wait(note, events, n);
}

static void begin_poll(const struct pollfd *fds, nfds_t nfds, int timeout)
{
	for (nfds_t i = 0; i < nfds; i++)
		note_polled(fds[i].fd, ATLS_WATCH_POLL);
	ATLS_EMIT(loop_enter, .timeout = timeout);
}

static int end_poll(const struct pollfd *fds, nfds_t nfds, int n)
{
	for (nfds_t i = 0; n > 0 && i < nfds; i++)
		if (fds[i].revents)
			note_ready(fds[i].fd);
	ATLS_EMIT(loop_exit, .ready = n);
	return n;
}

EXPORT int poll(struct pollfd *fds, nfds_t nfds, int timeout)
{
	if (!interesting())
		return REAL_LIBC(poll)(fds, nfds, timeout);
	begin_poll(fds, nfds, timeout);
	return end_poll(fds, nfds, REAL_LIBC(poll)(fds, nfds, timeout));
}

EXPORT int __poll_chk(struct pollfd *fds, nfds_t nfds, int timeout, size_t size)
{
	if (!interesting())
		return REAL_LIBC(__poll_chk)(fds, nfds, timeout, size);
	begin_poll(fds, size / sizeof(*fds) < nfds ? 0 : nfds, timeout);
	return end_poll(fds, nfds, REAL_LIBC(__poll_chk)(fds, nfds, timeout, size));
}

EXPORT int ppoll(struct pollfd *fds, nfds_t nfds, const struct timespec *timeout,
		 const sigset_t *mask)
{
	if (!interesting())
		return REAL_LIBC(ppoll)(fds, nfds, timeout, mask);
	begin_poll(fds, nfds, ms_of(timeout));
	return end_poll(fds, nfds, REAL_LIBC(ppoll)(fds, nfds, timeout, mask));
}

EXPORT int __ppoll_chk(struct pollfd *fds, nfds_t nfds, const struct timespec *timeout,
		       const sigset_t *mask, size_t size)
{
	if (!interesting())
		return REAL_LIBC(__ppoll_chk)(fds, nfds, timeout, mask, size);
	begin_poll(fds, size / sizeof(*fds) < nfds ? 0 : nfds, ms_of(timeout));
	return end_poll(fds, nfds, REAL_LIBC(__ppoll_chk)(fds, nfds, timeout, mask, size));
}

static void begin_select(int nfds, const fd_set *readfds, int timeout)
{
	for (int fd = 0; readfds && fd < nfds; fd++)
		if (FD_ISSET(fd, readfds))
			note_polled(fd, ATLS_WATCH_SELECT);
	ATLS_EMIT(loop_enter, .timeout = timeout);
}

static int end_select(int nfds, const fd_set *readfds, int n)
{
	for (int fd = 0; n > 0 && readfds && fd < nfds; fd++)
		if (FD_ISSET(fd, readfds))
			note_ready(fd);
	ATLS_EMIT(loop_exit, .ready = n);
	return n;
}

EXPORT int select(int nfds, fd_set *readfds, fd_set *writefds, fd_set *exceptfds,
		  struct timeval *timeout)
{
	if (!interesting())
		return REAL_LIBC(select)(nfds, readfds, writefds, exceptfds, timeout);
	begin_select(nfds, readfds,
		     timeout ? (int)(timeout->tv_sec * 1000 + timeout->tv_usec / 1000) : -1);
	return end_select(nfds, readfds,
			  REAL_LIBC(select)(nfds, readfds, writefds, exceptfds, timeout));
}

EXPORT int pselect(int nfds, fd_set *readfds, fd_set *writefds, fd_set *exceptfds,
		   const struct timespec *timeout, const sigset_t *mask)
{
	if (!interesting())
		return REAL_LIBC(pselect)(nfds, readfds, writefds, exceptfds, timeout, mask);
	begin_select(nfds, readfds, ms_of(timeout));
	return end_select(nfds, readfds,
			  REAL_LIBC(pselect)(nfds, readfds, writefds, exceptfds, timeout, mask));
}
