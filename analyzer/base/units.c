/* SPDX-License-Identifier: Apache-2.0 */
/* Times and sizes as they are given on the command line. */
#include "base/units.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct unit {
	const char *name;
	double factor;
};

static bool parse(const char *text, const struct unit *units, size_t n, double *value)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	*value = strtod(text, &end);
	for (size_t i = 0; i < n; i++)
		if (!strcasecmp(end, units[i].name)) {
			*value *= units[i].factor;
			return isfinite(*value) && *value >= 1 && *value < 9e18;
		}
	return false;
}

bool atls_parse_time(const char *text, int64_t *ns)
{
	static const struct unit units[] = {
		{ "", 1e9 }, { "s", 1e9 },  { "ms", 1e6 },   { "us", 1e3 },
		{ "ns", 1 }, { "m", 60e9 }, { "min", 60e9 }, { "h", 3600e9 },
	};
	double value;

	if (!parse(text, units, LENGTH(units), &value))
		return false;
	*ns = (int64_t)value;
	return true;
}

bool atls_parse_size(const char *text, uint64_t *bytes)
{
	static const struct unit units[] = {
		{ "", 1 },	    { "b", 1 },	       { "k", 1 << 10 },   { "kb", 1 << 10 },
		{ "kib", 1 << 10 }, { "m", 1 << 20 },  { "mb", 1 << 20 },  { "mib", 1 << 20 },
		{ "g", 1 << 30 },   { "gb", 1 << 30 }, { "gib", 1 << 30 },
	};
	double value;

	if (!parse(text, units, LENGTH(units), &value))
		return false;
	*bytes = (uint64_t)value;
	return true;
}
