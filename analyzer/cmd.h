/* SPDX-License-Identifier: Apache-2.0 */
/* A command of the asynctls program: each cmd-<name>.c defines one, main.c lists them. */
#pragma once

#define ATLS_DATA_DEFAULT "asynctls.data"

/* What the program returns; record returns its child's own status instead. */
enum atls_exit {
	ATLS_EXIT_OK = 0,
	ATLS_EXIT_FINDINGS = 1, /* findings, or a regression */
	ATLS_EXIT_USAGE = 2,
	ATLS_EXIT_TRACE = 3,	   /* unreadable or incompatible trace or database */
	ATLS_EXIT_ENVIRONMENT = 4, /* something that is needed is lacking */
	ATLS_EXIT_INCOMPLETE = 5,  /* --strict, and events were lost */
};

struct atls_cmd {
	const char *name;
	const char *summary; /* one line for the list of commands */
	/* argv[0] is the command's name; getopt state is fresh. Returns an exit status. */
	int (*run)(int argc, char **argv);
};

extern const struct atls_cmd atls_cmd_record;
extern const struct atls_cmd atls_cmd_env;
extern const struct atls_cmd atls_cmd_start;
extern const struct atls_cmd atls_cmd_stop;
extern const struct atls_cmd atls_cmd_snapshot;
extern const struct atls_cmd atls_cmd_status;
extern const struct atls_cmd atls_cmd_analyze;
extern const struct atls_cmd atls_cmd_report;
extern const struct atls_cmd atls_cmd_show;
extern const struct atls_cmd atls_cmd_lint;
extern const struct atls_cmd atls_cmd_diff;
extern const struct atls_cmd atls_cmd_query;
extern const struct atls_cmd atls_cmd_export;
extern const struct atls_cmd atls_cmd_plot;
extern const struct atls_cmd atls_cmd_doctor;
extern const struct atls_cmd atls_cmd_html;
