/* SPDX-License-Identifier: Apache-2.0 */
#include "base/args.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/units.h"
#include "duration.h"

#define LONG 256  /* getopt's value of the table's first option, if it is not given by its letter */
#define COLUMN 24 /* where --help explains */

static const struct atls_arg help = { "help", 'h', .help = "this text" };

static bool is_end(const struct atls_arg *a)
{
	return !a->name && !a->help;
}

/* ---- values --------------------------------------------------------------------------------- */

static bool is_choice(const struct atls_arg *a)
{
	size_t n = strspn(a->value, "abcdefghijklmnopqrstuvwxyz|");

	return n && !a->value[n];
}

static bool is_one_of(const char *value, const char *choice)
{
	size_t length = strlen(value);

	for (;;) {
		size_t n = strcspn(choice, "|");

		if (n == length && !memcmp(choice, value, n))
			return true;
		if (!choice[n])
			return false;
		choice += n + 1;
	}
}

static bool take_number(const struct atls_arg *a, const char *value)
{
	char *end;
	long n = strtol(value, &end, 10);

	if (!*value || *end || n < a->low || n > a->high)
		return false;
	*a->number = (int)n;
	return true;
}

static bool take_duration(const struct atls_arg *a, const char *value)
{
	int64_t ns;

	if (!atls_duration_parse(value, &ns) || ns == 0)
		return false;
	*a->duration = ns;
	return true;
}

static bool take_text(const struct atls_arg *a, const char *value)
{
	if (is_choice(a) && !is_one_of(value, a->value))
		return false;
	*a->text = value;
	return true;
}

static bool take_value(const struct atls_arg *a, const char *value)
{
	if (a->take)
		return a->take(a->to, value);
	if (a->number)
		return take_number(a, value);
	if (a->duration)
		return take_duration(a, value);
	if (a->size)
		return atls_size_parse(value, a->size);
	if (a->share)
		return atls_share_parse(value, a->share);
	return take_text(a, value);
}

/* A phrase for the values that an option takes. */
static const char *wanted(const struct atls_arg *a, char *buf, size_t size)
{
	if (a->take)
		return a->wanted;
	if (a->duration)
		return "a duration above 0 with its unit, such as 1.5ms, 10s or 2min";
	if (a->size)
		return "a size such as 64k, 10M or 1G";
	if (a->share)
		return "a share such as 5%";
	if (a->number)
		snprintf(buf, size, "a number from %d to %d", a->low, a->high);
	else
		snprintf(buf, size, "one of %s", a->value);
	return buf;
}

static bool take(const char *command, const struct atls_arg *a, const char *value)
{
	char buf[80];

	if (a->flag)
		*a->flag = true;
	if (!value || take_value(a, value))
		return true;
	atls_error("%s: --%s: '%s' is not %s", command, a->name, value,
		   wanted(a, buf, sizeof(buf)));
	return false;
}

/* ---- options -------------------------------------------------------------------------------- */

static int value_of(const struct atls_arg *a)
{
	if (!a->value)
		return no_argument;
	return *a->value == '[' ? optional_argument : required_argument;
}

/* The table as getopt wants it: LONG and up are long options, others the letters. */
static void translate(const struct atls_arg *table, bool stop, struct option *longs, char *letters)
{
	*longs++ = (struct option){ help.name, no_argument, NULL, help.letter };
	letters += sprintf(letters, stop ? "+:%c" : ":%c", help.letter);
	for (int i = 0; !is_end(&table[i]); i++) {
		const struct atls_arg *a = &table[i];

		assert(i < ATLS_ARGS_MAX);
		if (a->name)
			*longs++ = (struct option){ a->name, value_of(a), NULL, LONG + i };
		if (a->letter)
			letters += sprintf(letters, a->value ? "%c:" : "%c", a->letter);
	}
	*longs = (struct option){ 0 };
}

static const struct atls_arg *find_option(const struct atls_arg *table, int c)
{
	if (c >= LONG)
		return &table[c - LONG];
	while (table->letter != c)
		table++;
	return table;
}

int atls_args(int argc, char **argv, const struct atls_arg *table, bool stop)
{
	struct option longs[ATLS_ARGS_MAX + 2];
	char letters[2 * ATLS_ARGS_MAX + 4];
	int c;

	translate(table, stop, longs, letters);
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) >= 0) {
		if (c == help.letter)
			return ATLS_ARGS_HELP;
		if (c == '?' || c == ':') {
			atls_error("%s: %s %s; see --help", argv[0], argv[optind - 1],
				   c == ':'	    ? "lacks its value"
				   : optopt >= LONG ? "takes no value"
						    : "is not an option");
			return ATLS_ARGS_WRONG;
		}
		if (!take(argv[0], find_option(table, c), optarg))
			return ATLS_ARGS_WRONG;
	}
	return optind;
}

/* ---- help ----------------------------------------------------------------------------------- */

/* "  -i, --input=FILE  where from"; more lines of the text begin below its first. */
static void print_option(const struct atls_arg *a)
{
	bool optional = a->value && *a->value == '[';
	int n = a->letter ? printf("  -%c, ", a->letter) : printf("      ");

	n += printf("--%s%s%s", a->name,
		    !a->value  ? ""
		    : optional ? "[="
			       : "=",
		    !a->value ? "" : a->value + optional);
	if (n > COLUMN - 2) {
		puts("");
		n = 0;
	}
	for (const char *line = a->help, *end; *line; line = end + (*end == '\n'), n = 0) {
		end = strchrnul(line, '\n');
		printf("%*s%.*s\n", COLUMN - n, "", (int)(end - line), line);
	}
}

void atls_args_help(const struct atls_arg *table)
{
	bool printed = false;

	for (; !is_end(table); table++) {
		if (table->name) {
			print_option(table);
			continue;
		}
		if (!printed)
			print_option(&help);
		printed = true;
		printf("\n%s\n", table->help);
	}
	if (!printed)
		print_option(&help);
}
