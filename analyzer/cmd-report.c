/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls report: what a recording says, on one page or by sections; and whether it is as it should be. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "data.h"
#include "filter.h"
#include "log.h"
#include "report-page.h"
#include "sections.h"
#include "sqlite.h"

#define CONDITIONS 16

struct condition {
	const char *text;
	bool must_hold; /* --slo; else --fail-if */
};

struct options {
	const char *input, *sort;
	bool json, csv, strict, metrics, sections;
	int limit;
	bool section[ATLS_NSECTIONS];
	struct atls_filter filter;
	struct condition condition[CONDITIONS];
	int nconditions;
};

static void help(void)
{
	puts("usage: asynctls report [-i DIR|FILE] [SECTION...] [FILTER...] [OPTIONS]\n"
	     "\n"
	     "Say what a recording holds: is anything offloaded and why not, what is wrong, where the time goes,\n"
	     "how many handshakes, the slowest jobs. Reads the trace itself if there is no database, or one that\n"
	     "is older; sections, filters and conditions build it first.\n"
	     "\n"
	     "  -i, --input DIR|FILE  recording or database [" ATLS_DATA_DEFAULT "]\n"
	     "      --json            one JSON object; times in ns\n"
	     "      --csv             sections as CSV; times in ns\n"
	     "      --strict          exit with 5 if events were lost or part of the trace cannot be read\n"
	     "  -h, --help            this text\n"
	     "\n"
	     "Sections, in place of the page\n"
	     "      --phases --tally --top --conn --threads --engine --loop --depth --notify --handshakes\n"
	     "      --timehist --poll --findings\n"
	     "      --sort COLUMN     largest first; +COLUMN: smallest first\n"
	     "      --limit N         rows of each section [10 of --top and --conn, 100 of others]\n"
	     "\n"
	     "Filters, of sections and conditions\n" ATLS_FILTER_HELP "\n"
	     "Conditions\n"
	     "      --slo COND        exit with 1 unless it holds, as in --slo='p99<2ms'; repeatable\n"
	     "      --fail-if COND    exit with 1 if it holds, as in --fail-if='unfinished > 0 or notify.p99 > 1ms'\n"
	     "      --metrics         the names that conditions can use, and their values\n"
	     "\n"
	     "Percentiles are within 1.6 %. Exit status: 0 fine, 1 see conditions, 2 usage, 3 unreadable trace or\n"
	     "database, 4 the database cannot be written, 5 see --strict.");
}

/* ---- options -------------------------------------------------------------------------------- */

static int add_condition(struct options *o, bool must_hold)
{
	if (o->nconditions == CONDITIONS) {
		atls_error("report: more than %d conditions", CONDITIONS);
		return -2;
	}
	o->condition[o->nconditions++] = (struct condition){ optarg, must_hold };
	return 0;
}

static int take_limit(struct options *o)
{
	char *end;
	long n = strtol(optarg, &end, 10);

	if (*end || n < 1 || n > 1000000000) {
		atls_error("report: --limit: '%s' is no number of rows", optarg);
		return -2;
	}
	o->limit = (int)n;
	return 0;
}

/* --conn is a section, --conn=ID a filter. */
static int take_section(struct options *o, const char *name)
{
	for (int i = 0; i < ATLS_NSECTIONS; i++)
		if (!strcmp(atls_sections[i], name)) {
			o->section[i] = true;
			return 0;
		}
	return -2;
}

static int take_option(struct options *o, int c, const char *name)
{
	switch (c) {
	case 'i':
		o->input = optarg;
		return 0;
	case 'j':
		o->json = true;
		return 0;
	case 'c':
		o->csv = true;
		return 0;
	case 's':
		o->strict = true;
		return 0;
	case 'm':
		o->metrics = true;
		return 0;
	case 'o':
		o->sort = optarg;
		return 0;
	case 'l':
		return take_limit(o);
	case 'S':
	case 'F':
		return add_condition(o, c == 'S');
	case 'x':
		return take_section(o, name);
	case 'h':
		help();
		return -1;
	}
	if (c == 259 && !optarg)
		return take_section(o, "conn");
	return atls_filter_take(&o->filter, c, optarg) ? 0 : -2;
}

/* 0, or a negative number: end with ATLS_EXIT_OK (-1) or ATLS_EXIT_USAGE (-2). */
static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "input", required_argument, NULL, 'i' },
		{ "json", no_argument, NULL, 'j' },
		{ "csv", no_argument, NULL, 'c' },
		{ "strict", no_argument, NULL, 's' },
		{ "metrics", no_argument, NULL, 'm' },
		{ "sort", required_argument, NULL, 'o' },
		{ "limit", required_argument, NULL, 'l' },
		{ "slo", required_argument, NULL, 'S' },
		{ "fail-if", required_argument, NULL, 'F' },
		{ "help", no_argument, NULL, 'h' },
		{ "findings", no_argument, NULL, 'x' },
		{ "phases", no_argument, NULL, 'x' },
		{ "tally", no_argument, NULL, 'x' },
		{ "top", no_argument, NULL, 'x' },
		{ "threads", no_argument, NULL, 'x' },
		{ "engine", no_argument, NULL, 'x' },
		{ "loop", no_argument, NULL, 'x' },
		{ "depth", no_argument, NULL, 'x' },
		{ "notify", no_argument, NULL, 'x' },
		{ "handshakes", no_argument, NULL, 'x' },
		{ "poll", no_argument, NULL, 'x' },
		{ "timehist", no_argument, NULL, 'x' },
		ATLS_FILTER_OPTIONS,
		{ 0 },
	};
	int c, at = 0, ret;

	while ((c = getopt_long(argc, argv, "i:h", longs, &at)) >= 0) {
		ret = take_option(o, c, longs[at].name);
		if (ret)
			return ret;
	}
	if (optind == argc)
		return 0;
	atls_error("report: what is '%s'? The recording is named with -i", argv[optind]);
	return -2;
}

/* The page knows no filters: what is printed then, unless it is said, are three sections. */
static void choose_sections(struct options *o)
{
	for (int i = 0; i < ATLS_NSECTIONS; i++)
		o->sections |= o->section[i];
	if (o->sections || (!atls_filter_any(&o->filter) && !o->csv && !o->sort && !o->limit))
		return;
	take_section(o, "phases");
	take_section(o, "tally");
	take_section(o, "top");
	o->sections = true;
}

/* ---- conditions ----------------------------------------------------------------------------- */

static int print_metrics(sqlite3 *db, bool json)
{
	sqlite3_stmt *s;
	int ret = atls_sql_prepare(db, "SELECT * FROM metrics", &s);

	if (ret)
		return ret;
	if (json) {
		ret = atls_table_print(stdout, s, ATLS_TABLE_JSON);
		puts("");
	} else if ((ret = atls_sql_step(s)) == 1)
		for (int i = 0; i < sqlite3_column_count(s); i++)
			printf("%-18s %s\n", sqlite3_column_name(s, i),
			       sqlite3_column_type(s, i) == SQLITE_NULL
				       ? "-"
				       : (const char *)sqlite3_column_text(s, i));
	sqlite3_finalize(s);
	return ret < 0 ? ret : 0;
}

static int test_conditions(sqlite3 *db, const struct options *o)
{
	int status = ATLS_EXIT_OK;

	for (int i = 0; i < o->nconditions; i++) {
		const struct condition *c = &o->condition[i];
		int holds = atls_sections_test(db, c->text);

		if (holds < 0)
			return ATLS_EXIT_USAGE;
		if (holds == c->must_hold)
			continue;
		atls_warn(c->must_hold ? "not met: %s" : "fails: %s", c->text);
		status = ATLS_EXIT_FINDINGS;
	}
	return status;
}

/* ---- the command ---------------------------------------------------------------------------- */

static bool incomplete(sqlite3 *db)
{
	return atls_sql_integer(
		db, 0,
		"SELECT (SELECT sum(value) FROM v_meta WHERE key IN ('lost', 'lost_packets')) > 0 "
		"OR EXISTS (SELECT * FROM v_meta WHERE key = 'incomplete' AND value IS NOT NULL)");
}

static int print(sqlite3 *db, const struct options *o)
{
	enum atls_table_format format = o->csv	  ? ATLS_TABLE_CSV
					: o->json ? ATLS_TABLE_JSON
						  : ATLS_TABLE_TEXT;

	if (o->metrics)
		return print_metrics(db, o->json);
	if (o->sections)
		return atls_sections_print(db, o->section, o->sort, o->limit, format);
	return o->json ? atls_report_json(db) : atls_report_page(db);
}

static int make_views(sqlite3 *db, const struct options *o)
{
	int ret = atls_filter_make_views(&o->filter, db);

	return ret ? ret : atls_sections_make_views(db);
}

static int report(sqlite3 *db, const struct options *o)
{
	int ret = make_views(db, o), status;

	if (!ret)
		ret = print(db, o);
	if (ret == -EINVAL)
		return ATLS_EXIT_USAGE;
	if (!ret && fflush(stdout)) {
		atls_error("standard output: %s", strerror(errno));
		ret = -EIO;
	}
	if (ret)
		return ATLS_EXIT_TRACE;
	status = test_conditions(db, o);
	if (status != ATLS_EXIT_OK)
		return status;
	return o->strict && incomplete(db) ? ATLS_EXIT_INCOMPLETE : ATLS_EXIT_OK;
}

static int run(int argc, char **argv)
{
	struct options o = { .input = ATLS_DATA_DEFAULT };
	sqlite3 *db;
	int status = parse(argc, argv, &o);

	if (status)
		return status == -1 ? ATLS_EXIT_OK : ATLS_EXIT_USAGE;
	choose_sections(&o);
	/* The page needs no more than the sums. */
	status = o.sections || o.metrics || o.nconditions ? atls_data_open(o.input, &db)
							  : atls_data_open_sums(o.input, &db);
	if (status != ATLS_EXIT_OK)
		return status;
	status = report(db, &o);
	sqlite3_close(db);
	return status;
}

const struct atls_cmd atls_cmd_report = { "report", "say what a recording holds, on one page",
					  run };
