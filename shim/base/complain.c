/* SPDX-License-Identifier: Apache-2.0 */
/* The shim's only words to the user. */
#include "base/complain.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void atls_complain(const char *format, ...)
{
	int saved = errno;
	char line[512] = "asynctls: ";
	size_t n = strlen(line);
	va_list args;
	ssize_t written;

	va_start(args, format);
	vsnprintf(line + n, sizeof(line) - n - 1, format, args);
	va_end(args);
	strcat(line, "\n");
	written = write(STDERR_FILENO, line, strlen(line));
	(void)written;
	errno = saved;
}
