/* SPDX-License-Identifier: Apache-2.0 */
#include "base/units.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "decimal.h"

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
