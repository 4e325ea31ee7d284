/* SPDX-License-Identifier: Apache-2.0 */
/* The shim's only words to the user. */
#include "base/complain.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What fd 2 was when the process began; a daemon may have put a file of its own there since. */
static struct stat own_stderr;

static bool is_own_stderr(void)
{
	struct stat now;

	return own_stderr.st_ino && !fstat(STDERR_FILENO, &now) &&
	       now.st_dev == own_stderr.st_dev && now.st_ino == own_stderr.st_ino;
}

void atls_complain_init(void)
{
	int saved = errno;

	fstat(STDERR_FILENO, &own_stderr);
	errno = saved;
}

void atls_complain(const char *format, ...)
{
	int saved = errno;
	char line[512] = "asynctls: ";
	size_t n = strlen(line);
	va_list args;
	ssize_t written;

	if (!is_own_stderr()) {
		errno = saved;
		return;
	}
	va_start(args, format);
	vsnprintf(line + n, sizeof(line) - n - 1, format, args);
	va_end(args);
	strcat(line, "\n");
	written = write(STDERR_FILENO, line, strlen(line));
	(void)written;
	errno = saved;
}
