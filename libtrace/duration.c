/* SPDX-License-Identifier: Apache-2.0 */
/* Durations as text. */
#include "duration.h"

#include <string.h>

/* Digits of a fraction that can make a difference: an hour has 3.6e12 ns. */
#define FRACTION_DIGITS 15

static const struct {
	const char *name;
	int64_t ns;
} units[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "µs", 1000 },
	{ "ms", 1000000 },
	{ "s", 1000000000 },
	{ "m", INT64_C(60000000000) },
	{ "min", INT64_C(60000000000) },
	{ "h", INT64_C(3600000000000) },
};

static bool is_digit(const char *at, const char *end)
{
	return at < end && *at >= '0' && *at <= '9';
}

/* The number at *at, which is moved behind it. False if there is none, or if it is too large. */
static bool read_whole(const char **at, const char *end, int64_t *whole)
{
	if (!is_digit(*at, end))
		return false;
	for (*whole = 0; is_digit(*at, end); (*at)++)
		if (__builtin_mul_overflow(*whole, 10, whole) ||
		    __builtin_add_overflow(*whole, **at - '0', whole))
			return false;
	return true;
}

/* ".DIGITS" at *at, which is moved behind it, or 0 without. False if no digit follows the point. */
static bool read_fraction(const char **at, const char *end, double *fraction)
{
	double digits = 0, scale = 1;

	*fraction = 0;
	if (*at == end || **at != '.')
		return true;
	if (!is_digit(++*at, end))
		return false;
	for (int n = 0; is_digit(*at, end); (*at)++, n++)
		if (n < FRACTION_DIGITS) {
			digits = digits * 10 + (**at - '0');
			scale *= 10;
		}
	*fraction = digits / scale;
	return true;
}

/* The ns of the unit that is all from at to end; 0 if there is no such unit. */
static int64_t unit_ns(const char *at, const char *end)
{
	size_t length = end - at;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strlen(units[i].name) == length && !memcmp(units[i].name, at, length))
			return units[i].ns;
	return 0;
}

bool atls_duration_parse_n(const char *text, size_t length, int64_t *ns)
{
	const char *end = text + length;
	int64_t value, unit;
	double fraction;

	if (!read_whole(&text, end, &value) || !read_fraction(&text, end, &fraction))
		return false;
	unit = unit_ns(text, end);
	if (!unit || __builtin_mul_overflow(value, unit, &value) ||
	    __builtin_add_overflow(value, (int64_t)(fraction * (double)unit + 0.5), &value))
		return false;
	*ns = value;
	return true;
}

bool atls_duration_parse(const char *text, int64_t *ns)
{
	return atls_duration_parse_n(text, strlen(text), ns);
}
