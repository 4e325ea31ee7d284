/* SPDX-License-Identifier: Apache-2.0 */
/* A command of the asynctls program: cmd/NAME.c defines atls_cmd_NAME, analyzer/meson.build lists them. */
#pragma once

#include "base/args.h"
#include "base/exit.h"

struct atls_cmd {
	const char *name;
	const char *summary; /* one line for the list of commands */
	/* What --help prints: what follows the name, a line for each use; about, options, and notes below. */
	const char *usage, *about;
	const struct atls_arg *args; /* NULL: run() takes all words, options and --help as well */
	const char *notes;	     /* or NULL */
	bool takes_arguments;	     /* which run() checks; else there are none */
	bool takes_program;	     /* a program with options of its own follows ours */
	/* argv has the arguments, NULL at the end; options are where args sent them. Returns an exit status. */
	int (*run)(int argc, char **argv);
};

/* What 'asynctls analyze -i DIR' does, for a recorder that has been told to. Returns an exit status. */
int atls_cmd_analyze_dir(const char *dir);
