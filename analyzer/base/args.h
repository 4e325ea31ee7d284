/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a command: a table of their names and of where their values go. */
#pragma once

#include <stdbool.h>

struct atls_arg {
	const char *name; /* NULL ends the table */
	char letter;	  /* short form, or 0 */
	/* Where the value goes, one of these: */
	bool *flag;	   /* there is none */
	const char **text; /* with a flag, too: the text of --name=TEXT, and the flag of --name */
	int *number, low, high;
	/* Or whatever else. False: refused, and worded. */
	bool (*take)(void *context, const char *name, const char *value);
};

#define ATLS_ARGS_MAX 32

/*
 * Take the options of argv; optind is left at the first argument. --help is added to the table. context is
 * for take(). Returns -1, or the exit status to end with.
 */
int atls_args(int argc, char **argv, const struct atls_arg *table, void (*help)(void),
	      void *context);
/* For commands that take no arguments: -1, or ATLS_EXIT_USAGE if one is left. */
int atls_args_end(int argc, char **argv);
