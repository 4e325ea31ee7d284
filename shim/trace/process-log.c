/* SPDX-License-Identifier: Apache-2.0 */
/* Notes that this process exists in a file of the recorder's. */
#include "trace/process-log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/config.h"
#include "base/program.h"

static char file[108];

/* LTTng takes no orders from the environment of such a process, and so finds no session daemon. */
static bool has_two_identities(void)
{
	return getuid() != geteuid() || getgid() != getegid();
}

/* System calls, since our own wrappers may not be ready. O_APPEND: a line is never torn. */
static void append(const char *what, enum atls_reached reached)
{
	int saved = errno, n;
	char line[64], name[ATLS_PROGRAM_NAME];
	long fd;

	if (!*file)
		return;
	fd = syscall(SYS_openat, AT_FDCWD, file,
		     O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd >= 0) {
		atls_program_name(name);
		n = snprintf(line, sizeof(line), "%s %d %d %d %s\n", what, (int)getpid(), reached,
			     atls_config.bridge_rule, name);
		syscall(SYS_write, fd, line, n);
		syscall(SYS_close, fd);
	}
	errno = saved;
}

void atls_process_log_open(const char *path)
{
	size_t n = path ? strlen(path) : 0;

	if (!n || n >= sizeof(file))
		return;
	memcpy(file, path, n + 1);
	append("loaded", ATLS_REACHED_NOT);
}

void atls_process_log_other(void)
{
	append("other", ATLS_REACHED_NOT);
}

void atls_process_log_tls(bool recorded)
{
	append("tls", recorded		     ? ATLS_REACHED
		      : has_two_identities() ? ATLS_REACHED_NOT_BY_TWO
					     : ATLS_REACHED_NOT);
}
