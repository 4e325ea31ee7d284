/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wrappers of what is done to file descriptors: who writes to a wait fd, and when a number is
 * freed.
 */
#include <errno.h>
#include <linux/close_range.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fdtable.h"
#include "base/thread.h"
#include "bridge/bridge.h"
#include "bridge/epoll.h"
#include "shim.h"
#include "trace/ustfd.h"

/* glibc's end for a program that overruns a buffer. */
void __chk_fail(void) __attribute__((noreturn));

/* The wait context that is woken by a write to fd: a wait fd, or the end of its pipe. */
static uint32_t woken_by(const struct atls_fd *entry)
{
	uint32_t wctx = atomic_load_explicit(&entry->trace.wctx, memory_order_acquire);
	int peer = wctx ? 0 : atomic_load_explicit(&entry->trace.peer, memory_order_acquire);

	return peer ? atls_fd_wctx(peer - 1) : wctx;
}

/* Ahead of the write, so that no thread can see the fd ready before the trace says why. */
__attribute__((noinline)) static void note_write(const struct atls_fd *entry, int fd, size_t count)
{
	uint32_t wctx;

	if (!atls_recorded(ATLS_EV_wake))
		return;
	wctx = woken_by(entry);
	if (wctx)
		ATLS_EMIT(wake, .wctx = wctx, .fd = fd);
	else if ((wctx = atomic_load(&entry->trace.former_wctx)) && (count == 1 || count == 8))
		ATLS_EMIT(wake_stray, .wctx = wctx, .fd = fd);
}

static inline void note_wake(int fd, size_t count)
{
	const struct atls_fd *entry = atls_fd_find(fd);

	if (__builtin_expect(entry != NULL, 0))
		note_write(entry, fd, count);
}

EXPORT ssize_t write(int fd, const void *buf, size_t count)
{
	note_wake(fd, count);
	return REAL_LIBC(write)(fd, buf, count);
}

EXPORT ssize_t writev(int fd, const struct iovec *iov, int iovcnt)
{
	note_wake(fd, 0); /* iov is not read for the length: whether it can be, the kernel says */
	return REAL_LIBC(writev)(fd, iov, iovcnt);
}

EXPORT int eventfd_write(int fd, eventfd_t value)
{
	note_wake(fd, sizeof(value));
	return REAL_LIBC(eventfd_write)(fd, value);
}

/*
 * A custom BIO does not say what its socket is, but reads from it while we are inside an SSL call.
 * False if it is to find nothing there.
 */
static bool may_read(int fd)
{
	struct atls_conn *conn = atls_self.frame.conn;

	if (__builtin_expect(conn == NULL, 1) || atls_config.mode != ATLS_MODE_BRIDGE)
		return true;
	atls_bridge_reads(conn, fd);
	if (atls_self.input_hidden)
		errno = EAGAIN;
	return !atls_self.input_hidden;
}

EXPORT ssize_t read(int fd, void *buf, size_t count)
{
	return may_read(fd) ? REAL_LIBC(read)(fd, buf, count) : -1;
}

EXPORT ssize_t recv(int fd, void *buf, size_t count, int flags)
{
	return may_read(fd) ? REAL_LIBC(recv)(fd, buf, count, flags) : -1;
}

EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	return may_read(fd) ? REAL_LIBC(recvmsg)(fd, message, flags) : -1;
}

/* What programs that are built with _FORTIFY_SOURCE call in their place. */
ssize_t __read_chk(int fd, void *buf, size_t count, size_t size);
ssize_t __recv_chk(int fd, void *buf, size_t count, size_t size, int flags);

EXPORT ssize_t __read_chk(int fd, void *buf, size_t count, size_t size)
{
	if (count > size)
		__chk_fail();
	return read(fd, buf, count);
}

EXPORT ssize_t __recv_chk(int fd, void *buf, size_t count, size_t size, int flags)
{
	if (count > size)
		__chk_fail();
	return recv(fd, buf, count, flags);
}

/* The number may be another file's in a moment: nothing that was noted of it holds any more. */
static void note_close(int fd)
{
	const struct atls_fd *entry = atls_fd_find(fd);

	if (!atls_fd_forgettable(fd))
		return;
	if (atomic_load(&entry->trace.wctx))
		ATLS_EMIT(wait_fd_close, .wctx = atomic_load(&entry->trace.wctx), .fd = fd);
	atls_bridge_fd_closed(fd);
	atls_fd_forget(fd);
}

EXPORT int close(int fd)
{
	if (__builtin_expect(atls_ust_fd((unsigned int)fd), 0))
		return atls_ust_fd_close(fd);
	note_close(fd);
	return REAL_LIBC(close)(fd);
}

static void note_close_range(unsigned int first, unsigned int last)
{
	for (unsigned int fd = first; fd <= last && fd < ATLS_FD_CHUNK * ATLS_FD_CHUNKS; fd++)
		if (atls_fd_find((int)fd))
			note_close((int)fd);
		else
			fd |= ATLS_FD_CHUNK - 1;
}

/* Close first..last but for LTTng's fds among them. Returns 0, or -1 as close_range does. */
static int close_around(unsigned int first, unsigned int last, int flags)
{
	unsigned int end = last < ATLS_UST_FDS ? last : ATLS_UST_FDS - 1, kept;
	int ret = 0;

	while (!ret && first <= end && (kept = atls_ust_fd_next(first, end)) <= end) {
		if (kept > first)
			ret = REAL_LIBC(close_range)(first, kept - 1, flags);
		first = kept + 1;
	}
	return ret || first > last ? ret : REAL_LIBC(close_range)(first, last, flags);
}

EXPORT int close_range(unsigned int first, unsigned int last, int flags)
{
	int ret;

	if (!REAL_LIBC(close_range)) {
		errno = ENOSYS;
		return -1;
	}
	if (first > last || flags & CLOSE_RANGE_CLOEXEC)
		return REAL_LIBC(close_range)(first, last, flags);
	ret = close_around(first, last, flags);
	if (!ret)
		note_close_range(first, last);
	return ret;
}

/* Where the kernel has no close_range: one by one, as far as there can be any. */
static void close_each(unsigned int first)
{
	long end = sysconf(_SC_OPEN_MAX);

	for (long fd = first; fd < end; fd++)
		close((int)fd);
}

EXPORT void closefrom(int lowest)
{
	unsigned int first = lowest > 0 ? lowest : 0;

	if (atls_ust_fd_next(first, ATLS_UST_FDS - 1) == ATLS_UST_FDS && REAL_LIBC(closefrom))
		REAL_LIBC(closefrom)(lowest);
	else if (!REAL_LIBC(close_range) || close_around(first, ~0U, 0))
		close_each(first);
	note_close_range(first, ~0U);
}

/* True where fds are of interest: in processes that use OpenSSL. */
static bool interesting(void)
{
	return __atomic_load_n(&atls_readiness, __ATOMIC_ACQUIRE) != ATLS_READY_NOT &&
	       atls_active();
}

/* Returns ret, the outcome of making an fd; where there was none left, the trace says so. */
static int note_made(int ret)
{
	struct rlimit limit;
	int saved = errno;

	if (ret >= 0 || (saved != EMFILE && saved != ENFILE) || !interesting() ||
	    !atls_recorded(ATLS_EV_no_fd))
		return ret;
	getrlimit(RLIMIT_NOFILE, &limit);
	ATLS_EMIT(no_fd, .error = saved, .limit = limit.rlim_cur);
	errno = saved;
	return ret;
}

static void note_pipe(const int ends[2])
{
	struct atls_fd *a, *b;

	if (!interesting() || !(a = atls_fd_get(ends[0])) || !(b = atls_fd_get(ends[1])))
		return;
	atomic_store(&a->trace.peer, ends[1] + 1);
	atomic_store(&b->trace.peer, ends[0] + 1);
}

EXPORT int pipe(int ends[2])
{
	int ret = REAL_LIBC(pipe)(ends);

	if (!ret)
		note_pipe(ends);
	return note_made(ret);
}

EXPORT int pipe2(int ends[2], int flags)
{
	int ret = REAL_LIBC(pipe2)(ends, flags);

	if (!ret)
		note_pipe(ends);
	return note_made(ret);
}

EXPORT int eventfd(unsigned int initial, int flags)
{
	return note_made(REAL_LIBC(eventfd)(initial, flags));
}

/* A duplicate of a wait fd, or of the end of its pipe, is as good as that. */
static int note_duplicate(int from, int to)
{
	const struct atls_fd *source = atls_fd_find(from);
	struct atls_fd *copy;

	if (to < 0 || to == from || !source ||
	    !(atomic_load(&source->trace.wctx) || atomic_load(&source->trace.peer)) ||
	    !atls_fd_ours())
		return note_made(to);
	copy = atls_fd_get(to);
	if (copy) {
		atomic_store(&copy->trace.peer, atomic_load(&source->trace.peer));
		atomic_store(&copy->trace.former_wctx, 0);
		atomic_store(&copy->trace.wctx, atomic_load(&source->trace.wctx));
	}
	return to;
}

EXPORT int dup(int fd)
{
	return note_duplicate(fd, REAL_LIBC(dup)(fd));
}

/* The number to is a duplicate of from now, if ret says so; what it was before is closed. */
static int note_replaced(int from, int to, int ret)
{
	if (ret >= 0 && from != to)
		note_close(to);
	return note_duplicate(from, ret);
}

EXPORT int dup2(int fd, int to)
{
	return note_replaced(fd, to, REAL_LIBC(dup2)(fd, to));
}

EXPORT int dup3(int fd, int to, int flags)
{
	return note_replaced(fd, to, REAL_LIBC(dup3)(fd, to, flags));
}
