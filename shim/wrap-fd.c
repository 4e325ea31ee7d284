/* SPDX-License-Identifier: Apache-2.0 */
/* Wrappers of what is done to file descriptors: who writes to a wait fd, and when a number is freed. */
#include <unistd.h>

#include "bridge/bridge.h"
#include "fdtable.h"
#include "shim.h"

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

/* The number may be another file's in a moment: nothing that was noted of it holds any more. */
EXPORT int close(int fd)
{
	struct atls_fd *entry = atls_fd_find(fd);

	if (entry) {
		atomic_store(&entry->wctx, 0);
		atomic_store(&entry->watcher, 0);
		atls_bridge_fd_closed(fd);
	}
	return REAL_LIBC(close)(fd);
}
