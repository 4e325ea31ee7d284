/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls query: SQL over a recording's views, for reading only. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "report/query.h"
#include "store/open.h"

static const char *input = ATLS_DATA_DEFAULT, *file;
static bool json, csv;

static const struct atls_arg args[] = {
	ATLS_OPTION_INPUT(&input),
	{ "file", 'f', "FILE", "SQL from a file; - is standard input", .text = &file },
	ATLS_OPTION_JSON(&json),
	ATLS_OPTION_CSV(&csv),
	{ 0 },
};

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

static int query(sqlite3 *db, const char *sql)
{
	char *text = file ? read_file(file) : NULL;
	int ret = -EINVAL;

	if (file)
		sql = text;
	else if (!sql)
		sql = atls_query_views;
	if (sql)
		ret = atls_query(db, sql,
				 json  ? ATLS_TABLE_JSON
				 : csv ? ATLS_TABLE_CSV
				       : ATLS_TABLE_RAW);
	free(text);
	if (ret == -EINVAL)
		return ATLS_EXIT_USAGE;
	return ret ? ATLS_EXIT_TRACE : ATLS_EXIT_OK;
}

static int run(int argc, char **argv)
{
	sqlite3 *db;
	int status;

	if (argc + (file != NULL) > 1) {
		atls_error("query: give one SQL text, in quotes, or one file");
		return ATLS_EXIT_USAGE;
	}
	status = atls_data_open(input, &db);
	if (status != ATLS_EXIT_OK)
		return status;
	status = query(db, argv[0]);
	sqlite3_close(db);
	return status;
}

const struct atls_cmd atls_cmd_query = {
	.name = "query",
	.summary = "run SQL over the views of a recording",
	.usage = "[-i DIR|FILE] [--json | --csv] [SQL | -f FILE]",
	.about =
		"Run SQL over a recording's database, which is only read. Without SQL: list the views and columns.",
	.args = args,
	.notes =
		"Beside SQLite's functions there are p(x, q), a quantile such as p(dur_ns, 0.99), and human(ns), a\n"
		"duration as text. Views (v_*) keep their meaning between versions; tables may change.",
	.takes_arguments = true,
	.run = run,
};
