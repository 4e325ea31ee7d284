/* SPDX-License-Identifier: Apache-2.0 */
/* LTTng's file descriptors, kept apart from the program's. */
#include "trace/ustfd.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>

#include "base/library.h"
#include "base/real.h"

/* In no installed header of LTTng-UST 2.13, but exported by it for its own preloaded library. */
int lttng_ust_add_fd_to_tracker(int fd);
void lttng_ust_delete_fd_from_tracker(int fd);

static int (*real_add)(int fd);
static void (*real_delete)(int fd);
static int (*safe_close)(int fd, int (*close_cb)(int fd));

_Atomic unsigned long atls_ust_fd_bits[ATLS_UST_FDS / (8 * sizeof(unsigned long))];

#define BITS ((int)(8 * sizeof(unsigned long)))

static void mark(int fd)
{
	if (fd >= 0 && fd < ATLS_UST_FDS)
		atomic_fetch_or(&atls_ust_fd_bits[fd / BITS], 1UL << fd % BITS);
}

static void unmark(int fd)
{
	if (fd >= 0 && fd < ATLS_UST_FDS)
		atomic_fetch_and(&atls_ust_fd_bits[fd / BITS], ~(1UL << fd % BITS));
}

static void find(void *handle)
{
	real_add = (int (*)(int))dlsym(handle, "lttng_ust_add_fd_to_tracker");
	real_delete = (void (*)(int))dlsym(handle, "lttng_ust_delete_fd_from_tracker");
	safe_close = (int (*)(int, int (*)(int)))dlsym(handle, "lttng_ust_safe_close_fd");
}

void atls_ust_fd_init(void)
{
	void *handle = dlopen("liblttng-ust-common.so.1", RTLD_NOW | RTLD_GLOBAL);

	if (handle)
		find(handle);
	else
		dlerror(); /* the provider's own opening will say what is lacking */
}

/* High enough to be out of the way of most programs, and within what the process may have. */
static int base(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return 0;
	return limit.rlim_cur > 8192 ? 4096 : (int)(limit.rlim_cur / 2);
}

static int move_up(int fd)
{
	int lowest = base();
	int moved = fd < lowest ? fcntl(fd, F_DUPFD_CLOEXEC, lowest) : -1;

	if (moved < 0)
		return fd;
	REAL_LIBC(close)(fd);
	return moved;
}

EXPORT int lttng_ust_add_fd_to_tracker(int fd)
{
	if (!real_add)
		find(RTLD_NEXT); /* a program that uses LTTng itself */
	if (!real_add)
		return fd;
	fd = real_add(move_up(fd));
	mark(fd);
	return fd;
}

EXPORT void lttng_ust_delete_fd_from_tracker(int fd)
{
	unmark(fd);
	if (real_delete)
		real_delete(fd);
}

int atls_ust_fd_close(int fd)
{
	return safe_close ? safe_close(fd, REAL_LIBC(close)) : REAL_LIBC(close)(fd);
}

unsigned int atls_ust_fd_next(unsigned int first, unsigned int last)
{
	while (first <= last && !atls_ust_fd(first))
		first++;
	return first;
}
