/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls diff: what changed between two recordings, and whether it can be chance. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/args.h"
#include "base/log.h"
#include "cmd/cmd.h"
#include "report/diff.h"
#include "report/filter.h"
#include "report/sections.h"
#include "store/open.h"

struct options {
	const char *input[2];
	struct atls_filter filter;
	struct atls_diff_options diff;
};

static void help(void)
{
	puts("usage: asynctls diff A B [FILTER...] [OPTIONS]\n"
	     "\n"
	     "Compare recording B with recording A: counts and rates, percentiles of jobs, phases and handshakes\n"
	     "with 95 % confidence intervals of their ratio, findings. Exit with 1 if B is worse: a percentile or\n"
	     "rate by more than the threshold with all of its interval, or a finding that A does not have.\n"
	     "\n"
	     "      --threshold SHARE   how much worse is a regression [5%]\n"
	     "      --bootstrap N       resamples behind each interval [200]\n"
	     "      --json              one JSON object; times in ns\n"
	     "  -h, --help              this text\n"
	     "\n"
	     "Filters, of both\n" ATLS_FILTER_HELP "\n"
	     "Intervals come from resampling with a fixed seed: the same recordings give the same answer. Exit\n"
	     "status: 0 no regression, 1 regression, 2 usage, 3 unreadable trace or database, 4 environment.");
}

static bool take_threshold(void *options, const char *name, const char *value)
{
	struct options *o = options;
	char *end;

	o->diff.threshold = strtod(value, &end) / 100;
	if (o->diff.threshold >= 0 && (!*end || !strcmp(end, "%")))
		return true;
	atls_error("diff: --%s: '%s' is no share such as 5%%", name, value);
	return false;
}

/* -1, or the exit status to end with. */
static int parse(int argc, char **argv, struct options *o)
{
	const struct atls_arg args[] = {
		{ "threshold", .take = take_threshold },
		{ "bootstrap", .number = &o->diff.rounds, .low = 20, .high = 100000 },
		{ "json", .flag = &o->diff.json },
		{ "conn", .text = &o->filter.conn },
		ATLS_FILTER_ARGS(&o->filter),
		{ 0 },
	};
	int status = atls_args(argc, argv, args, help, o);

	if (status >= 0)
		return status;
	if (optind + 2 != argc) {
		atls_error("diff: name two recordings: asynctls diff A B");
		return ATLS_EXIT_USAGE;
	}
	o->input[0] = argv[optind];
	o->input[1] = argv[optind + 1];
	return -1;
}

static int compare(sqlite3 *db[2], const struct options *o)
{
	int ret = atls_diff(db, &o->diff);

	if (ret < 0)
		return ATLS_EXIT_TRACE;
	return ret ? ATLS_EXIT_FINDINGS : ATLS_EXIT_OK;
}

static int open_one(const char *input, const struct atls_filter *filter, sqlite3 **db)
{
	int status = atls_data_open(input, db);
	int ret;

	if (status != ATLS_EXIT_OK)
		return status;
	ret = atls_filter_make_views(filter, *db);
	if (!ret)
		ret = atls_sections_make_views(*db);
	return !ret ? ATLS_EXIT_OK : ret == -EINVAL ? ATLS_EXIT_USAGE : ATLS_EXIT_TRACE;
}

static int run(int argc, char **argv)
{
	struct options o = { .diff = { .threshold = 0.05, .rounds = 200 } };
	sqlite3 *db[2] = { NULL, NULL };
	int status = parse(argc, argv, &o);

	if (status >= 0)
		return status;
	status = ATLS_EXIT_OK;
	for (int i = 0; i < 2 && status == ATLS_EXIT_OK; i++)
		status = open_one(o.input[i], &o.filter, &db[i]);
	if (status == ATLS_EXIT_OK)
		status = compare(db, &o);
	sqlite3_close(db[0]);
	sqlite3_close(db[1]);
	return status;
}

const struct atls_cmd atls_cmd_diff = { "diff", "compare two recordings, with confidence intervals",
					run };
