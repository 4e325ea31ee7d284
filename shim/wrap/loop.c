/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wrappers of the waits of event loops: when a thread waits, and which wait fds are reported to it.
 */
#include <errno.h>
#include <poll.h>
#include <sys/select.h>

#include "base/clock.h"
#include "base/fdtable.h"
#include "base/ptrmap.h"
#include "base/thread.h"
#include "bridge/bridge.h"
#include "bridge/epoll.h"
#include "bridge/finish.h"
#include "bridge/loops.h"
#include "shim.h"

/* glibc's end for a program that overruns a buffer. */
void __chk_fail(void) __attribute__((noreturn));

/*
 * Wait fds that the program itself has put into an epoll set, by the data with
 * which epoll_wait reports them: data + 2 (as 0 and 1 cannot be keys) to fd + 1.
 */
static struct atls_ptrmap watched = ATLS_PTRMAP_INIT;

static const void *key_of(uint64_t data)
{
	return (const void *)(uintptr_t)(data + 2);
}

static bool interesting(void)
{
	return atls_self.uses_tls && atls_recorded(ATLS_EV_loop_exit);
}

/* The wait fd was given to poll or select: news if it is for the first time. */
static void note_polled(int fd, enum atls_watch watch)
{
	struct atls_fd *entry = atls_fd_find(fd);
	uint32_t wctx = entry ? atomic_load(&entry->trace.wctx) : 0;

	if (!wctx || atomic_exchange(&entry->trace.polled_wctx, wctx) == wctx)
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

_Static_assert(EPOLL_CTL_ADD == ATLS_WATCH_ADD && EPOLL_CTL_DEL == ATLS_WATCH_DEL &&
		       EPOLL_CTL_MOD == ATLS_WATCH_MOD,
	       "an epoll_ctl operation is its own code");

/* What the event loop does with a wait fd, or too often with a connection's socket. */
static void note_control(int epfd, int op, int fd)
{
	struct atls_fd *entry = atls_fd_find(fd);
	uint32_t wctx, conn, count;

	if (!entry || !atls_recorded(ATLS_EV_wait_fd_watch))
		return;
	wctx = atomic_load(&entry->trace.wctx);
	if (wctx)
		ATLS_EMIT(wait_fd_watch, .wctx = wctx, .fd = fd, .epfd = epfd, .watch = op);
	conn = atomic_load(&entry->trace.conn);
	if (!conn)
		return;
	count = atomic_fetch_add(&entry->trace.churn, 1) + 1;
	if (count >= 16 && !(count & (count - 1)))
		ATLS_EMIT(watch_churn, .conn = conn, .fd = fd, .count = count);
}

/* Remember who watches fd, and with what data. */
static void note_watch(int epfd, int op, int fd, const struct epoll_event *event)
{
	struct atls_fd *entry =
		atls_config.mode == ATLS_MODE_BRIDGE ? atls_fd_get(fd) : atls_fd_find(fd);

	if (!entry)
		return;
	if (op == EPOLL_CTL_DEL) {
		if (atomic_load(&entry->trace.wctx))
			atls_ptrmap_take(&watched, key_of(atomic_load(&entry->epoll.data)));
		if (atomic_load(&entry->epoll.watcher) == epfd + 1)
			atomic_store(&entry->epoll.watcher, 0);
		return;
	}
	atomic_store(&entry->epoll.data, event->data.u64);
	atomic_store(&entry->epoll.events, event->events);
	atomic_store(&entry->epoll.watcher, epfd + 1);
	if (atomic_load(&entry->trace.wctx))
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

static int64_t ns_of_ms(int timeout)
{
	return timeout < 0 ? -1 : (int64_t)timeout * 1000000;
}

/* -1 for NULL, which means for ever. */
static int64_t ns_of(const struct timespec *t)
{
	return t ? (int64_t)t->tv_sec * 1000000000 + t->tv_nsec : -1;
}

/* For the trace. */
static int ms_of_ns(int64_t ns)
{
	return ns < 0 ? -1 : (int)(ns / 1000000);
}

/* The arguments of an epoll_pwait, or of an epoll_pwait2. */
struct epoll_wait {
	int epfd;
	struct epoll_event *events;
	int maxevents;
	const sigset_t *mask;
	bool precise; /* waits by the nanosecond */
	bool plain;   /* is epoll_wait itself: a program may be allowed no other */
};

static int wait_once(const struct epoll_wait *w, int64_t ns)
{
	struct timespec t = { ns / 1000000000, ns % 1000000000 };

	if (w->plain)
		return REAL_LIBC(epoll_wait)(w->epfd, w->events, w->maxevents,
					     ns < 0 ? -1 : (int)((ns + 999999) / 1000000));
	if (w->precise)
		return REAL_LIBC(epoll_pwait2)(w->epfd, w->events, w->maxevents, ns < 0 ? NULL : &t,
					       w->mask);
	return REAL_LIBC(epoll_pwait)(w->epfd, w->events, w->maxevents,
				      ns < 0 ? -1 : (int)((ns + 999999) / 1000000), w->mask);
}

/*
 * Wait, and give the program its own events only. If all that came was none of its business, the
 * wait goes on for what is left of its time. While jobs are paused it is cut up, to see to them.
 */
static int wait_bridged(const struct epoll_wait *w, int64_t timeout)
{
	int64_t end = timeout > 0 ? atls_clock_ns() + timeout : 0, left = timeout, patience, step;
	int n;

	atls_loops_note_wait(w->epfd);
	for (;;) {
		patience = atls_bridge_tend();
		step = patience >= 0 && (left < 0 || left > patience) ? patience : left;
		n = wait_once(w, step);
		if (n > 0)
			n = atls_bridge_translate(w->epfd, w->events, n);
		if (n || !left)
			return n;
		if (timeout > 0)
			left = end > atls_clock_ns() ? end - atls_clock_ns() : 0;
		if (!left && step == timeout)
			return 0; /* it was waited out in one go */
	}
}

static int wait_noted(const struct epoll_wait *w, int64_t timeout)
{
	bool note = interesting();
	int n;

	atls_self.has_event_loop = true;
	if (note)
		ATLS_EMIT(loop_enter, .timeout = ms_of_ns(timeout));
	n = atls_config.mode == ATLS_MODE_BRIDGE ? wait_bridged(w, timeout) : wait_once(w, timeout);
	if (note) {
		note_epoll_events(w->events, n);
		ATLS_EMIT(loop_exit, .ready = n);
	}
	return n;
}

EXPORT int epoll_pwait(int epfd, struct epoll_event *events, int maxevents, int timeout,
		       const sigset_t *mask)
{
	return wait_noted(&(struct epoll_wait){ epfd, events, maxevents, mask, false },
			  ns_of_ms(timeout));
}

EXPORT int epoll_wait(int epfd, struct epoll_event *events, int maxevents, int timeout)
{
	return wait_noted(&(struct epoll_wait){ epfd, events, maxevents, .plain = true },
			  ns_of_ms(timeout));
}

EXPORT int epoll_pwait2(int epfd, struct epoll_event *events, int maxevents,
			const struct timespec *timeout, const sigset_t *mask)
{
	if (!REAL_LIBC(epoll_pwait2)) {
		errno = ENOSYS;
		return -1;
	}
	return wait_noted(&(struct epoll_wait){ epfd, events, maxevents, mask, true },
			  ns_of(timeout));
}

/* True if the wait is to be had by the bridge, because sockets in it wait for paused jobs. */
static bool poll_is_bridged(const struct pollfd *fds, nfds_t nfds)
{
	atls_self.has_event_loop = true;
	return atls_config.mode == ATLS_MODE_BRIDGE && atls_bridge_polls(fds, nfds);
}

static void begin_poll(struct pollfd *fds, nfds_t nfds, int timeout)
{
	for (nfds_t i = 0; i < nfds; i++)
		note_polled(fds[i].fd, ATLS_WATCH_POLL);
	ATLS_EMIT(loop_enter, .timeout = timeout);
}

static void note_poll(const struct pollfd *fds, nfds_t nfds, int n)
{
	for (nfds_t i = 0; n > 0 && i < nfds; i++)
		if (fds[i].revents)
			note_ready(fds[i].fd);
	ATLS_EMIT(loop_exit, .ready = n);
}

EXPORT int poll(struct pollfd *fds, nfds_t nfds, int timeout)
{
	bool note = interesting();
	int n;

	if (note)
		begin_poll(fds, nfds, timeout);
	if (poll_is_bridged(fds, nfds))
		n = atls_bridge_poll(fds, nfds, ns_of_ms(timeout), NULL);
	else
		n = REAL_LIBC(poll)(fds, nfds, timeout);
	if (note)
		note_poll(fds, nfds, n);
	return n;
}

EXPORT int ppoll(struct pollfd *fds, nfds_t nfds, const struct timespec *timeout,
		 const sigset_t *mask)
{
	bool note = interesting();
	int n;

	if (note)
		begin_poll(fds, nfds, ms_of_ns(ns_of(timeout)));
	if (poll_is_bridged(fds, nfds))
		n = atls_bridge_poll(fds, nfds, ns_of(timeout), mask);
	else
		n = REAL_LIBC(ppoll)(fds, nfds, timeout, mask);
	if (note)
		note_poll(fds, nfds, n);
	return n;
}

/* What programs that are built with _FORTIFY_SOURCE call in their place. */
int __poll_chk(struct pollfd *fds, nfds_t nfds, int timeout, size_t size);
int __ppoll_chk(struct pollfd *fds, nfds_t nfds, const struct timespec *timeout,
		const sigset_t *mask, size_t size);

EXPORT int __poll_chk(struct pollfd *fds, nfds_t nfds, int timeout, size_t size)
{
	if (size / sizeof(*fds) < nfds)
		__chk_fail();
	return poll(fds, nfds, timeout);
}

EXPORT int __ppoll_chk(struct pollfd *fds, nfds_t nfds, const struct timespec *timeout,
		       const sigset_t *mask, size_t size)
{
	if (size / sizeof(*fds) < nfds)
		__chk_fail();
	return ppoll(fds, nfds, timeout, mask);
}

static bool select_is_bridged(int nfds, const fd_set *readfds)
{
	atls_self.has_event_loop = true;
	return atls_config.mode == ATLS_MODE_BRIDGE && atls_bridge_selects(nfds, readfds);
}

static void begin_select(int nfds, const fd_set *readfds, int timeout)
{
	for (int fd = 0; readfds && fd < nfds; fd++)
		if (FD_ISSET(fd, readfds))
			note_polled(fd, ATLS_WATCH_SELECT);
	ATLS_EMIT(loop_enter, .timeout = timeout);
}

static void note_select(int nfds, const fd_set *readfds, int n)
{
	for (int fd = 0; n > 0 && readfds && fd < nfds; fd++)
		if (FD_ISSET(fd, readfds))
			note_ready(fd);
	ATLS_EMIT(loop_exit, .ready = n);
}

static int64_t ns_of_timeval(const struct timeval *t)
{
	return t ? (int64_t)t->tv_sec * 1000000000 + (int64_t)t->tv_usec * 1000 : -1;
}

/* As the kernel does, says in *timeout what is left of it. */
static int select_bridged(int nfds, fd_set *readfds, fd_set *writefds, fd_set *exceptfds,
			  struct timeval *timeout)
{
	int64_t ns = ns_of_timeval(timeout), end = atls_clock_ns() + ns, left;
	int n = atls_bridge_select(nfds, readfds, writefds, exceptfds, ns, NULL);

	if (timeout) {
		left = end > atls_clock_ns() ? end - atls_clock_ns() : 0;
		*timeout = (struct timeval){ left / 1000000000, left % 1000000000 / 1000 };
	}
	return n;
}

EXPORT int select(int nfds, fd_set *readfds, fd_set *writefds, fd_set *exceptfds,
		  struct timeval *timeout)
{
	bool note = interesting();
	int n;

	if (note)
		begin_select(nfds, readfds, ms_of_ns(ns_of_timeval(timeout)));
	if (select_is_bridged(nfds, readfds))
		n = select_bridged(nfds, readfds, writefds, exceptfds, timeout);
	else
		n = REAL_LIBC(select)(nfds, readfds, writefds, exceptfds, timeout);
	if (note)
		note_select(nfds, readfds, n);
	return n;
}

EXPORT int pselect(int nfds, fd_set *readfds, fd_set *writefds, fd_set *exceptfds,
		   const struct timespec *timeout, const sigset_t *mask)
{
	bool note = interesting();
	int n;

	if (note)
		begin_select(nfds, readfds, ms_of_ns(ns_of(timeout)));
	if (select_is_bridged(nfds, readfds))
		n = atls_bridge_select(nfds, readfds, writefds, exceptfds, ns_of(timeout), mask);
	else
		n = REAL_LIBC(pselect)(nfds, readfds, writefds, exceptfds, timeout, mask);
	if (note)
		note_select(nfds, readfds, n);
	return n;
}
