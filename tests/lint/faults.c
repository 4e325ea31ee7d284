/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faults RULE [healthy]: commits the fault that the rule finds, and only that; or its healthy twin.
 */
#include "faults.h"

#include <stdio.h>

/* The rule has a '-' where the fault's name has a '_'. */
static bool is_of(const struct fault *f, const char *rule)
{
	const char *name = f->name;

	for (; *name && (*name == *rule || (*name == '_' && *rule == '-')); name++)
		rule++;
	return !*name && !*rule;
}

static void print_rule(const struct fault *f)
{
	for (const char *c = f->name; *c; c++)
		putchar(*c == '_' ? '-' : *c);
	putchar('\n');
}

int main(int argc, char **argv)
{
	for (const struct fault *f = __start_faults; f < __stop_faults; f++) {
		if (argc < 2)
			print_rule(f);
		else if (is_of(f, argv[1])) {
			f->commit(argc > 2);
			return 0;
		}
	}
	return argc < 2 ? 0 : 2;
}
