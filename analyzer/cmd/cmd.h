/* SPDX-License-Identifier: Apache-2.0 */
/* A command of the asynctls program: cmd/NAME.c defines atls_cmd_NAME; meson.build lists them. */
#pragma once

#include "base/args.h"
#include "base/exit.h"

struct atls_cmd {
	const char *name;
	const char *summary; /* one line for the list of commands */
	/* For --help: what follows the name, a line for each use; what it does. */
	const char *usage, *about;
	const struct atls_arg *args; /* NULL: run() takes all words itself, --help as well */
	const char *notes;	     /* below the options; or NULL */
	bool takes_arguments;	     /* which run() checks; else there are none */
	bool takes_program;	     /* a program with options of its own follows ours */
	/* argv has the arguments, and NULL behind them. Returns an exit status. */
	int (*run)(int argc, char **argv);
};

/* What 'asynctls analyze -i DIR' does, for record --analyze. Returns an exit status. */
int atls_cmd_analyze_dir(const char *dir);
