/* SPDX-License-Identifier: Apache-2.0 */
/* Wrappers of what is done to file descriptors: who writes to a wait fd, and when a number is freed. */
#include <errno.h>
#include <unistd.h>

#include "bridge/bridge.h"
#include "fdtable.h"
#include "shim.h"
#include "thread.h"

/* glibc's end for a program that overruns a buffer. */
void __chk_fail(void) __attribute__((noreturn));

/* Ahead of the write, so that no thread can see the fd ready before the trace says why. */
static void note_wake(int fd)
{
	uint32_t wctx = atls_fd_wctx(fd);

	if (__builtin_expect(wctx != 0, 0))
		ATLS_EMIT(wake, .wctx = wctx, .fd = fd);
}

EXPORT ssize_t write(int fd, const void *buf, size_t count)
{
	note_wake(fd);
	return REAL_LIBC(write)(fd, buf, count);
}

EXPORT int eventfd_write(int fd, eventfd_t value)
{
	note_wake(fd);
	return REAL_LIBC(eventfd_write)(fd, value);
}

/*
 * A custom BIO does not say what its socket is, but reads from it while we are inside an SSL call.
 * False if it is to find nothing there.
 */
static bool may_read(int fd)
{
	if (__builtin_expect(atls_self.frame.conn == NULL, 1) ||
	    atls_config.mode != ATLS_MODE_BRIDGE)
		return true;
	atls_bridge_reads(fd);
	if (atls_self.starved)
		errno = EAGAIN;
	return !atls_self.starved;
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
EXPORT int close(int fd)
{
	struct atls_fd *entry = atls_fd_find(fd);

	if (entry) {
		atls_bridge_fd_closed(fd);
		atomic_store(&entry->wctx, 0);
		atomic_store(&entry->watcher, 0);
	}
	return REAL_LIBC(close)(fd);
}
