/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls query: SQL over a recording's views, for reading only. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/args.h"
#include "base/log.h"
#include "base/paths.h"
#include "cmd/cmd.h"
#include "report/query.h"
#include "store/open.h"

struct options {
	const char *input, *file, *sql;
	bool json, csv;
};

static void help(void)
{
	puts("usage: asynctls query [-i DIR|FILE] [--json | --csv] [SQL | -f FILE]\n"
	     "\n"
	     "Run SQL over a recording's database, which is only read. Without SQL: list the views and columns.\n"
	     "\n"
	     "  -i, --input DIR|FILE  recording or database [" ATLS_DATA_DEFAULT "]\n"
	     "  -f, --file FILE       SQL from a file; - is standard input\n"
	     "      --json            an array of objects\n"
	     "      --csv             with a line of names\n"
	     "  -h, --help            this text\n"
	     "\n"
	     "Beside SQLite's functions there are p(x, q), a quantile such as p(dur_ns, 0.99), and human(ns), a\n"
	     "duration as text. Views (v_*) keep their meaning between versions; tables may change.");
}

/* -1, or the exit status to end with. */
static int parse(int argc, char **argv, struct options *o)
{
	const struct atls_arg args[] = {
		{ "input", 'i', .text = &o->input },
		{ "file", 'f', .text = &o->file },
		{ "json", .flag = &o->json },
		{ "csv", .flag = &o->csv },
		{ 0 },
	};
	int status = atls_args(argc, argv, args, help, NULL);

	if (status >= 0)
		return status;
	if (optind < argc)
		o->sql = argv[optind++];
	if (optind == argc && !(o->sql && o->file))
		return -1;
	atls_error("query: give one SQL text, in quotes, or one file");
	return ATLS_EXIT_USAGE;
}

static char *read_file(const char *name)
{
	FILE *f = strcmp(name, "-") ? fopen(name, "re") : stdin;
	char *text = NULL;
	size_t size = 0;

	if (!f || (getdelim(&text, &size, '\0', f) < 0 && ferror(f)))
		atls_error("%s: %s", name, strerror(errno));
	if (f && f != stdin)
		fclose(f);
	return text;
}

static int query(sqlite3 *db, const struct options *o)
{
	char *text = o->file ? read_file(o->file) : NULL;
	const char *sql = o->file ? text : o->sql ? o->sql : atls_query_views;
	enum atls_table_format format = o->json	 ? ATLS_TABLE_JSON
					: o->csv ? ATLS_TABLE_CSV
						 : ATLS_TABLE_RAW;
	int ret = sql ? atls_query(db, sql, format) : -EINVAL;

	free(text);
	if (ret == -EINVAL)
		return ATLS_EXIT_USAGE;
	return ret ? ATLS_EXIT_TRACE : ATLS_EXIT_OK;
}

static int run(int argc, char **argv)
{
	struct options o = { .input = ATLS_DATA_DEFAULT };
	sqlite3 *db;
	int status = parse(argc, argv, &o);

	if (status >= 0)
		return status;
	status = atls_data_open(o.input, &db);
	if (status != ATLS_EXIT_OK)
		return status;
	status = query(db, &o);
	sqlite3_close(db);
	return status;
}

const struct atls_cmd atls_cmd_query = { "query", "run SQL over the views of a recording", run };
