/* SPDX-License-Identifier: Apache-2.0 */
/* Words of a shell. */
#include "base/quote.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool plain(const char *text)
{
	if (!*text)
		return false;
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr("_-./:=,+@%", *text))
			return false;
	return true;
}

const char *atls_quote(char *buf, size_t size, const char *text)
{
	size_t n = 0;

	if (plain(text)) {
		snprintf(buf, size, "%s", text);
		return buf;
	}
	/* Room is kept for the longest thing that one character becomes, and the end. */
	buf[n++] = '\'';
	for (; *text && n + 6 < size; text++)
		if (*text == '\'')
			n += sprintf(buf + n, "'\\''");
		else
			buf[n++] = *text;
	buf[n++] = '\'';
	buf[n] = '\0';
	return buf;
}
