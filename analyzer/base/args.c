/* SPDX-License-Identifier: Apache-2.0 */
#include "base/args.h"

#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/exit.h"
#include "base/log.h"

#define LONG 256 /* getopt's value of the table's first option, if it is not given by its letter */

static void translate(const struct atls_arg *table, struct option *longs, char *letters)
{
	*longs++ = (struct option){ "help", no_argument, NULL, 'h' };
	*letters++ = 'h';
	for (int i = 0; table[i].name; i++) {
		const struct atls_arg *a = &table[i];
		int value = !a->flag  ? required_argument
			    : a->text ? optional_argument
				      : no_argument;

		*longs++ = (struct option){ a->name, value, NULL, LONG + i };
		if (a->letter)
			*letters++ = a->letter;
		if (a->letter && !a->flag)
			*letters++ = ':';
	}
	*longs = (struct option){ 0 };
	*letters = '\0';
}

static bool take_number(const char *command, const struct atls_arg *a, const char *value)
{
	char *end;
	long n = strtol(value, &end, 10);

	if (!*value || *end || n < a->low || n > a->high) {
		atls_error("%s: --%s: '%s' is no number from %d to %d", command, a->name, value,
			   a->low, a->high);
		return false;
	}
	*a->number = (int)n;
	return true;
}

static bool take(const char *command, const struct atls_arg *a, void *context)
{
	if (a->take)
		return a->take(context, a->name, optarg);
	if (a->number)
		return take_number(command, a, optarg);
	if (a->flag && !optarg)
		*a->flag = true;
	else
		*a->text = optarg;
	return true;
}

int atls_args(int argc, char **argv, const struct atls_arg *table, void (*help)(void),
	      void *context)
{
	struct option longs[ATLS_ARGS_MAX + 2];
	char letters[2 * ATLS_ARGS_MAX + 2];
	int c;

	translate(table, longs, letters);
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) >= 0) {
		const struct atls_arg *a = c < LONG ? table : table + (c - LONG);

		if (c == 'h') {
			help();
			return ATLS_EXIT_OK;
		}
		while (c < LONG && a->name && a->letter != c)
			a++;
		if (!a->name || !take(argv[0], a, context))
			return ATLS_EXIT_USAGE;
	}
	return -1;
}

int atls_args_end(int argc, char **argv)
{
	if (optind == argc)
		return -1;
	atls_error("%s: what is '%s'? The recording is named with -i", argv[0], argv[optind]);
	return ATLS_EXIT_USAGE;
}
