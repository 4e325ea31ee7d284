/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls report: what a recording says, on one page or by sections; and whether it is as it should be. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/args.h"
#include "base/log.h"
#include "base/paths.h"
#include "cmd/cmd.h"
#include "report/conditions.h"
#include "report/filter.h"
#include "report/page.h"
#include "report/sections.h"
#include "store/open.h"

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

static bool take_condition(void *options, const char *name, const char *value)
{
	struct options *o = options;

	if (o->nconditions == CONDITIONS) {
		atls_error("report: more than %d conditions", CONDITIONS);
		return false;
	}
	o->condition[o->nconditions++] = (struct condition){ value, !strcmp(name, "slo") };
	return true;
}

/* -1, or the exit status to end with. */
static int parse(int argc, char **argv, struct options *o)
{
	struct atls_arg args[ATLS_ARGS_MAX + 1] = {
		{ "input", 'i', .text = &o->input },
		{ "json", .flag = &o->json },
		{ "csv", .flag = &o->csv },
		{ "strict", .flag = &o->strict },
		{ "metrics", .flag = &o->metrics },
		{ "sort", .text = &o->sort },
		{ "limit", .number = &o->limit, .low = 1, .high = 1000000000 },
		{ "slo", .take = take_condition },
		{ "fail-if", .take = take_condition },
		ATLS_FILTER_ARGS(&o->filter),
	};
	int n = 0, status;

	while (args[n].name)
		n++;
	for (int i = 0; i < ATLS_NSECTIONS; i++, n++) {
		args[n] = (struct atls_arg){ atls_sections[i], .flag = &o->section[i] };
		/* --conn is a section, --conn=ID a filter. */
		if (!strcmp(args[n].name, "conn"))
			args[n].text = &o->filter.conn;
	}
	status = atls_args(argc, argv, args, help, o);
	return status >= 0 ? status : atls_args_end(argc, argv);
}

/* The page knows no filters: what is printed then, unless it is said, are three sections. */
static void choose_sections(struct options *o)
{
	for (int i = 0; i < ATLS_NSECTIONS; i++)
		o->sections |= o->section[i];
	if (o->sections || (!atls_filter_any(&o->filter) && !o->csv && !o->sort && !o->limit))
		return;
	for (int i = 0; i < ATLS_NSECTIONS; i++)
		o->section[i] = !strcmp(atls_sections[i], "phases") ||
				!strcmp(atls_sections[i], "tally") ||
				!strcmp(atls_sections[i], "top");
	o->sections = true;
}

/* ---- conditions ----------------------------------------------------------------------------- */

static int test_conditions(sqlite3 *db, const struct options *o)
{
	int status = ATLS_EXIT_OK;

	for (int i = 0; i < o->nconditions; i++) {
		const struct condition *c = &o->condition[i];
		int holds = atls_condition_test(db, c->text);

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

static int print(sqlite3 *db, const struct options *o)
{
	enum atls_table_format format = o->csv	  ? ATLS_TABLE_CSV
					: o->json ? ATLS_TABLE_JSON
						  : ATLS_TABLE_TEXT;

	if (o->metrics)
		return atls_metrics_print(db, o->json);
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
	if (ret)
		return ATLS_EXIT_TRACE;
	fflush(stdout); /* What is said of conditions stands below. */
	status = test_conditions(db, o);
	if (status != ATLS_EXIT_OK)
		return status;
	return o->strict && atls_report_incomplete(db) ? ATLS_EXIT_INCOMPLETE : ATLS_EXIT_OK;
}

static int run(int argc, char **argv)
{
	struct options o = { .input = ATLS_DATA_DEFAULT };
	sqlite3 *db;
	int status = parse(argc, argv, &o);

	if (status >= 0)
		return status;
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
