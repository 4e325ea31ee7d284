/* SPDX-License-Identifier: Apache-2.0 */
/* Messages on stderr. */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool coloured(void)
{
	const char *no = getenv("NO_COLOR");

	return !(no && *no) && isatty(STDERR_FILENO);
}

static void say(const char *label, const char *colour, const char *format, va_list args)
{
	int saved = errno;
	bool paint = *label && coloured();

	flockfile(stderr);
	fputs("asynctls: ", stderr);
	fprintf(stderr, "%s%s%s", paint ? colour : "", label, paint ? "\033[0m" : "");
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	funlockfile(stderr);
	errno = saved;
}

#define SAY(label, colour)                        \
	do {                                      \
		va_list args;                     \
		va_start(args, format);           \
		say(label, colour, format, args); \
		va_end(args);                     \
	} while (0)

void atls_error(const char *format, ...)
{
	SAY("error: ", "\033[31m");
}

void atls_warn(const char *format, ...)
{
	SAY("warning: ", "\033[33m");
}

void atls_info(const char *format, ...)
{
	SAY("", "");
}
