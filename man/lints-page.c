/* SPDX-License-Identifier: Apache-2.0 */
/* Prints asynctls-lints(7) for scdoc, made from the table of rules. */
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "lint/lint.h"

/* scdoc gives these a meaning. */
static void put_text(const char *text)
{
	for (; *text; text++) {
		if (strchr("_*\\<#", *text))
			putchar('\\');
		putchar(*text);
	}
}

static void put_rule(const struct atls_rule *r)
{
	printf("## ");
	put_text(r->name);
	printf(" (%s)\n\n*", r->code);
	put_text(r->title);
	printf("*: %s, %s", atls_code_text("severity", r->severity),
	       atls_code_text("certainty", r->certainty));
	puts(r->absence ? "; withheld where events are missing.\n" : ".\n");
	put_text(r->why);
	printf("\n\nWhat to do: ");
	put_text(r->fix);
	puts("\n");
}

static void put_limit(const struct atls_limit *t)
{
	atls_text text;

	if (!strcmp(t->unit, "ns"))
		atls_format_ns(text, t->value);
	else
		snprintf(text, sizeof(text), "%lld%s", (long long)t->value, t->unit);
	printf("*");
	put_text(t->name);
	printf("* (%s)\n\t", text);
	put_text(t->meaning);
	puts("\n");
}

int main(void)
{
	puts("asynctls-lints(7)\n\n# NAME\n\nasynctls-lints - the failure modes that asynctls lint finds\n\n"
	     "# DESCRIPTION\n\nEach rule below is looked for while a recording is analyzed. A finding is all its\n"
	     "occurrences in one process, for one reason. *asynctls-lint*(1) prints them; they are in the views\n"
	     "v\\_finding, v\\_finding\\_example and v\\_rule too, and on the first page of the report.\n\n"
	     "What a rule concludes from the absence of an event is withheld for what was open while events were\n"
	     "lost, and if the recording left out the group that the event belongs to (*asynctls-record*(1), --events).\n\n# RULES\n");
	for (int i = 0; i < ATLS_NRULES; i++)
		put_rule(&atls_rules[i]);
	puts("# THRESHOLDS\n");
	for (int i = 0; i < ATLS_NLIMITS; i++)
		put_limit(&atls_limits[i]);
	puts("# SEE ALSO\n\n*asynctls-lint*(1), *asynctls-events*(7)");
	return 0;
}
