/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls report: what a recording says, and whether it is as it should be. */
#include <errno.h>
#include <stdio.h>

#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "report/conditions.h"
#include "report/page.h"
#include "report/sections.h"
#include "store/open.h"

#define CONDITIONS 16

struct condition {
	const char *text;
	bool must_hold; /* --slo; else --fail-if */
};

static const char *input = ATLS_DATA_DEFAULT, *sort;
static bool json, csv, strict, metrics;
static int limit;
static bool section[ATLS_NSECTIONS];
static struct atls_filter filter;

static struct condition conditions[CONDITIONS];
static int nconditions;

static bool add_condition(const char *text, bool must_hold)
{
	if (nconditions == CONDITIONS)
		return false;
	conditions[nconditions++] = (struct condition){ text, must_hold };
	return true;
}

static bool take_slo(void *to, const char *text)
{
	return add_condition(text, true);
}

static bool take_fail_if(void *to, const char *text)
{
	return add_condition(text, false);
}

/* --conn is a section, --conn=ID a filter. */
#define SECTION(name, title)                                                            \
	{ #name, .value = ATLS_SECTION_##name == ATLS_SECTION_conn ? "[ID,...]" : NULL, \
	  .help = title, .flag = &section[ATLS_SECTION_##name],                         \
	  .text = ATLS_SECTION_##name == ATLS_SECTION_conn ? &filter.conn : NULL },
#define TOO_MANY "one of the first 16 conditions"

static const struct atls_arg args[] = {
	ATLS_OPTION_INPUT(&input),
	ATLS_OPTION_JSON(&json),
	ATLS_OPTION_CSV(&csv),
	ATLS_OPTION_STRICT(&strict),
	{ .help = "Sections, in place of the page" },
	/* clang-format off */
	ATLS_SECTIONS(SECTION)
	/* clang-format on */
	{ "sort", 0, "COLUMN", "largest first; +COLUMN: smallest first", .text = &sort },
	{ "limit", 0, "N", "rows of each section [10 of --top and --conn, 100 of others]",
	  .number = &limit, .low = 1, .high = 1000000000 },
	{ .help = "Filters, of sections and conditions" },
	ATLS_OPTIONS_FILTER(&filter),
	{ .help = "Conditions" },
	{ "slo", 0, "COND", "exit with 1 unless it holds, as in --slo='p99<2ms'; repeatable",
	  .take = take_slo, .wanted = TOO_MANY },
	{ "fail-if", 0, "COND",
	  "exit with 1 if it holds, as in --fail-if='unfinished > 0 or notify.p99 > 1ms'",
	  .take = take_fail_if, .wanted = TOO_MANY },
	{ "metrics", .help = "the names that conditions can use, and their values",
	  .flag = &metrics },
	{ 0 },
};

/* The page knows no filters: three sections are printed instead, unless others are named. */
static bool choose_sections(void)
{
	for (int i = 0; i < ATLS_NSECTIONS; i++)
		if (section[i])
			return true;
	if (!atls_filter_any(&filter) && !csv && !sort && !limit)
		return false;
	section[ATLS_SECTION_phases] = true;
	section[ATLS_SECTION_tally] = true;
	section[ATLS_SECTION_top] = true;
	return true;
}

static int test_conditions(sqlite3 *db)
{
	int status = ATLS_EXIT_OK;

	for (int i = 0; i < nconditions; i++) {
		const struct condition *c = &conditions[i];
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

static int print(sqlite3 *db, bool sections)
{
	enum atls_table_format format = csv    ? ATLS_TABLE_CSV
					: json ? ATLS_TABLE_JSON
					       : ATLS_TABLE_TEXT;

	if (metrics)
		return atls_metrics_print(db, json);
	if (sections)
		return atls_sections_print(db, section, sort, limit, format);
	return json ? atls_report_json(db) : atls_report_page(db);
}

static int report(sqlite3 *db, bool sections)
{
	int ret = atls_filter_make_views(&filter, db), status;

	if (!ret)
		ret = atls_sections_make_views(db);
	if (!ret)
		ret = print(db, sections);
	if (ret)
		return ret == -EINVAL ? ATLS_EXIT_USAGE : ATLS_EXIT_TRACE;
	fflush(stdout); /* Messages about conditions come after it. */
	status = test_conditions(db);
	if (status != ATLS_EXIT_OK)
		return status;
	return strict && atls_report_incomplete(db) ? ATLS_EXIT_INCOMPLETE : ATLS_EXIT_OK;
}

static int run(int argc, char **argv)
{
	bool sections = choose_sections();
	sqlite3 *db;
	int status;

	/* The page needs no more than the sums. */
	status = sections || metrics || nconditions ? atls_data_open(input, &db)
						    : atls_data_open_sums(input, &db);
	if (status != ATLS_EXIT_OK)
		return status;
	status = report(db, sections);
	sqlite3_close(db);
	return status;
}

const struct atls_cmd atls_cmd_report = {
	.name = "report",
	.summary = "say what a recording holds, on one page",
	.usage = "[-i DIR|FILE] [SECTION...] [FILTER...] [OPTIONS]",
	.about =
		"Say what a recording holds: is anything offloaded and why not, what is wrong, where the time goes,\n"
		"how many handshakes, the slowest jobs. Reads the trace itself if there is no database, or one that\n"
		"is older; sections, filters and conditions build it first.",
	.args = args,
	.notes =
		"Percentiles are within 1.6 %. Exit status: 0 fine, 1 see conditions, 2 usage, 3 unreadable trace or\n"
		"database, 4 the database cannot be written, 5 see --strict.",
	.run = run,
};
