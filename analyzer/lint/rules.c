/* SPDX-License-Identifier: Apache-2.0 */
/* The rules and their numbers as tables. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "events/groups.h"
#include "lint/lint.h"

#define JOB ATLS_GROUP_JOB
#define SSL ATLS_GROUP_SSL
#define ENGINE ATLS_GROUP_ENGINE
#define LOOP ATLS_GROUP_LOOP
#define ATLS_LIMIT(...)
#define ATLS_RULE(symbol, name, code, severity, certainty, absence, title, why, fix)              \
	{                                                                                         \
		name, code, ATLS_SEVERITY_##severity, ATLS_CERTAINTY_##certainty, absence, title, \
		why,  fix                                                                         \
	},
const struct atls_rule atls_rules[ATLS_NRULES] = {
#include "lint/rules.def"
};
#undef ATLS_RULE
#undef ATLS_LIMIT

#define ATLS_RULE(...)
#define ATLS_LIMIT(symbol, name, value, unit, meaning) { name, value, unit, meaning },
const struct atls_limit atls_limits[ATLS_NLIMITS] = {
#include "lint/rules.def"
};
#undef ATLS_RULE
#undef ATLS_LIMIT

const struct atls_rule *atls_rule_find(const char *name)
{
	for (int i = 0; i < ATLS_NRULES; i++)
		if (!strcmp(atls_rules[i].name, name) || !strcasecmp(atls_rules[i].code, name))
			return &atls_rules[i];
	return NULL;
}

void atls_limit_defaults(int64_t limits[ATLS_NLIMITS])
{
	for (int i = 0; i < ATLS_NLIMITS; i++)
		limits[i] = atls_limits[i].value;
}

/* What a unit is worth in that of the limit, or 0 if it does not fit. */
static double scale(const char *have, const char *want)
{
	static const struct {
		const char *name;
		double ns;
	} times[] = { { "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 } };

	if (!strcmp(have, want) || (!*have && !strcmp(want, "%")))
		return 1;
	for (int i = 0; i < 4 && !strcmp(want, "ns"); i++)
		if (!strcmp(have, times[i].name))
			return times[i].ns;
	return 0;
}

int atls_limit_parse(int64_t limits[ATLS_NLIMITS], const char *text)
{
	const char *value = strchr(text, '=');
	double number, factor;
	char *end;

	if (!value)
		return -EINVAL;
	number = strtod(value + 1, &end);
	for (int i = 0; i < ATLS_NLIMITS; i++) {
		const char *name = atls_limits[i].name;

		if (strncmp(name, text, value - text) || name[value - text])
			continue;
		factor = scale(end, atls_limits[i].unit);
		if (end == value + 1 || !factor || !(number >= 0) || number * factor > 9e18)
			return -EINVAL;
		limits[i] = llround(number * factor);
		return 0;
	}
	return -EINVAL;
}
