/* SPDX-License-Identifier: Apache-2.0 */
#include "base/units.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool atls_decimal_parse(const char *text, double *value, const char **end)
{
	double number = 0, scale = 1;

	if (!is_digit(*text))
		return false;
	for (; is_digit(*text); text++)
		number = number * 10 + (*text - '0');
	if (*text == '.' && is_digit(text[1]))
		for (text++; is_digit(*text); text++, scale *= 10)
			number = number * 10 + (*text - '0');
	*value = number / scale;
	*end = text;
	return true;
}

bool atls_share_parse(const char *text, double *share)
{
	const char *end;
	double percent;

	if (!atls_decimal_parse(text, &percent, &end) || (*end && strcmp(end, "%")))
		return false;
	*share = percent / 100;
	return true;
}

bool atls_size_parse(const char *text, uint64_t *bytes)
{
	static const struct {
		const char *name;
		double bytes;
	} units[] = {
		{ "", 1 },	    { "b", 1 },	       { "k", 1 << 10 },   { "kb", 1 << 10 },
		{ "kib", 1 << 10 }, { "m", 1 << 20 },  { "mb", 1 << 20 },  { "mib", 1 << 20 },
		{ "g", 1 << 30 },   { "gb", 1 << 30 }, { "gib", 1 << 30 },
	};
	const char *end;
	double number;

	if (!atls_decimal_parse(text, &number, &end))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcasecmp(end, units[i].name)) {
			number *= units[i].bytes;
			if (number >= 1 && number < 9e18)
				*bytes = (uint64_t)number;
			return number >= 1 && number < 9e18;
		}
	return false;
}
