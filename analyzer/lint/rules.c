/* SPDX-License-Identifier: Apache-2.0 */
/* The rules and their numbers as tables. */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/units.h"
#include "decimal.h"
#include "duration.h"
#include "events/groups.h"
#include "lint/lint.h"

#define JOB ATLS_GROUP_JOB
#define SSL ATLS_GROUP_SSL
#define ENGINE ATLS_GROUP_ENGINE
#define LOOP ATLS_GROUP_LOOP
#define ATLS_RULE(symbol, name, code, severity, certainty, absence, title, why, fix)              \
	{                                                                                         \
		name, code, ATLS_SEVERITY_##severity, ATLS_CERTAINTY_##certainty, absence, title, \
		why,  fix                                                                         \
	},
const struct atls_rule atls_rules[ATLS_NRULES] = {
#include "lint/rules.def"
};

#define ATLS_CASE(rule, symbol, text) { ATLS_RULE_##rule, text },
const struct atls_case atls_cases[ATLS_NCASES] = {
#include "lint/rules.def"
};

#define ATLS_LIMIT(symbol, name, value, unit, meaning) { name, value, unit, meaning },
const struct atls_limit atls_limits[ATLS_NLIMITS] = {
#include "lint/rules.def"
};

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

/* The number of one limit, in its unit; false if text is none. */
static bool parse_value(const char *text, const char *unit, int64_t *value)
{
	const char *end;
	double number;

	if (!strcmp(unit, "ns"))
		return atls_duration_parse(text, value);
	if (!atls_decimal_parse(text, &number, &end) || (*end && strcmp(end, unit)) ||
	    number > 9e18)
		return false;
	*value = llround(number);
	return true;
}

int atls_limit_parse(int64_t limits[ATLS_NLIMITS], const char *text)
{
	const char *value = strchr(text, '=');

	for (int i = 0; value && i < ATLS_NLIMITS; i++) {
		const char *name = atls_limits[i].name;

		if (!strncmp(name, text, value - text) && !name[value - text])
			return parse_value(value + 1, atls_limits[i].unit, &limits[i]) ? 0
										       : -EINVAL;
	}
	return -EINVAL;
}
