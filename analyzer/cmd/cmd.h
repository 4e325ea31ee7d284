/* SPDX-License-Identifier: Apache-2.0 */
/* A command of the asynctls program: each file in cmd/ defines one, or a few of a kind, main.c lists them. */
#pragma once

#include "base/exit.h"

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

/* What 'asynctls analyze -i DIR' does, for a recorder that has been told to. Returns an exit status. */
int atls_cmd_analyze_dir(const char *dir);
