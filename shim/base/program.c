/* SPDX-License-Identifier: Apache-2.0 */
/* Which program this process runs. */
#include "base/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* System calls, since our own wrappers may not be ready. */
static long read_comm(char *to, size_t size)
{
	long fd = syscall(SYS_openat, AT_FDCWD, "/proc/self/comm", O_RDONLY | O_CLOEXEC), n;

	if (fd < 0)
		return fd;
	n = syscall(SYS_read, fd, to, size);
	syscall(SYS_close, fd);
	return n;
}

void atls_program_name(char name[ATLS_PROGRAM_NAME])
{
	int saved = errno;
	long n;

	memset(name, 0, ATLS_PROGRAM_NAME);
	n = read_comm(name, ATLS_PROGRAM_NAME);
	/* A root directory of its own may have no /proc. */
	if (n <= 0)
		snprintf(name, ATLS_PROGRAM_NAME, "%s", program_invocation_short_name);
	else
		name[n - 1] = '\0'; /* the end of the line */
	errno = saved;
}

void atls_program_file(char *name, int size)
{
	char path[PATH_MAX];
	int saved = errno;
	long n = syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", path, sizeof(path) - 1);
	const char *slash;

	path[n > 0 ? n : 0] = '\0';
	slash = strrchr(path, '/');
	snprintf(name, size, "%s", slash ? slash + 1 : path);
	errno = saved;
}
