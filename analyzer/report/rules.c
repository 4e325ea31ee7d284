/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptions of the rules of lint. */
#include "report/rules.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "base/log.h"
#include "lint/lint.h"

void atls_rules_list(void)
{
	static const char *const severity[] = { "note", "warning", "error" };

	for (int i = 0; i < ATLS_NRULES; i++)
		printf("%-4s %-24s %-8s %s\n", atls_rules[i].code, atls_rules[i].name,
		       severity[atls_rules[i].severity], atls_rules[i].title);
	puts("\nThresholds");
	for (int i = 0; i < ATLS_NLIMITS; i++) {
		const struct atls_limit *t = &atls_limits[i];
		atls_text text;

		if (!strcmp(t->unit, "ns"))
			atls_format_ns(text, t->value);
		else
			snprintf(text, sizeof(text), "%" PRId64 "%s", t->value, t->unit);
		printf("%-12s %10s  %s\n", t->name, text, t->meaning);
	}
}

int atls_rules_explain(const char *name)
{
	const struct atls_rule *r = atls_rule_find(name);

	if (!r) {
		atls_error("lint: there is no rule '%s'; 'asynctls lint --list' names them", name);
		return -ENOENT;
	}
	printf("%s (%s): %s\n\n%s\n\nWhat to do: %s\n", r->name, r->code, r->title, r->why, r->fix);
	if (r->absence)
		puts("\nIt concludes from the absence of events: withheld where they were lost, or not recorded.");
	return 0;
}
