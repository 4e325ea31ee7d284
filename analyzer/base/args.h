/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a command, as a table: names, what --help says, where the values go. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct atls_arg {
	/* NULL: not an option but a paragraph of --help, of which help is the text. */
	const char *name;
	char letter; /* short form, or 0 */
	/*
	 * What --help calls the value. NULL: there is none; [VALUE]: it may be left out; words in
	 * lower case, such as csv|json: one of these.
	 */
	const char *value;
	const char *help; /* one line, or more */

	/* Set if the option is given. */
	bool *flag;
	/* Where the value goes, one of these: */
	const char **text;
	int *number, low, high;
	int64_t *duration; /* ns; above 0 */
	uint64_t *size;	   /* bytes; above 0 */
	double *share;	   /* 5% is 0.05 */
	/* Or a function that takes it. It returns false if the value is not what wanted says. */
	bool (*take)(void *to, const char *value);
	void *to;
	const char *wanted;
};
/* A table ends with { 0 }. --help is added to it. */

#define ATLS_ARGS_MAX 40

enum { ATLS_ARGS_HELP = 0, ATLS_ARGS_WRONG = -1 };

/*
 * Take the options of argv, whose first word is the command's name; with stop, only those before
 * the first argument. Returns the index of the first argument, after which no options follow;
 * ATLS_ARGS_HELP if help is wanted; or ATLS_ARGS_WRONG, with a message.
 */
int atls_args(int argc, char **argv, const struct atls_arg *table, bool stop);
/* Print the lines of --help about the options. */
void atls_args_help(const struct atls_arg *table);
