/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and texts for people. */
#include "base/format.h"

#include <inttypes.h>
#include <stdio.h>

const char *atls_format_ns(atls_text buf, int64_t ns)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	double value = (double)ns;
	int unit = 0;

	/* 999.5 would be printed as 1000. */
	while (unit < 3 && (value >= 999.5 || value <= -999.5)) {
		value /= 1000;
		unit++;
	}
	if (!unit || value >= 99.95)
		snprintf(buf, sizeof(atls_text), "%.0f %s", value, units[unit]);
	else
		snprintf(buf, sizeof(atls_text), "%.*f %s", value >= 9.995 ? 1 : 2, value,
			 units[unit]);
	return buf;
}

const char *atls_format_count(atls_text buf, int64_t count)
{
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%" PRId64, count);
	char *to = buf;

	for (int i = 0; i < n; i++) {
		*to++ = digits[i];
		if (digits[i] != '-' && i + 1 < n && (n - i - 1) % 3 == 0)
			*to++ = ',';
	}
	*to = '\0';
	return buf;
}

const char *atls_format_noun(atls_text buf, int64_t count, const char *noun)
{
	atls_text number;

	snprintf(buf, sizeof(atls_text), "%s %s%s", atls_format_count(number, count), noun,
		 count == 1 ? "" : "s");
	return buf;
}

const char *atls_format_plain(char *buf, size_t size, const char *text)
{
	size_t i = 0;

	for (; text && text[i] && i + 1 < size; i++)
		buf[i] = (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? '?' : text[i];
	buf[i] = '\0';
	return buf;
}
