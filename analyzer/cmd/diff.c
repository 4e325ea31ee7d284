/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls diff: what changed between two recordings, and whether it can be chance. */
#include <errno.h>

#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "report/diff.h"
#include "report/sections.h"
#include "store/open.h"

static struct atls_diff_options options = { .threshold = 0.05, .rounds = 200 };
static struct atls_filter filter;

static const struct atls_arg args[] = {
	{ "threshold", 0, "SHARE", "how much worse is a regression [5%]",
	  .share = &options.threshold },
	{ "bootstrap", 0, "N", "resamples behind each interval [200]", .number = &options.rounds,
	  .low = 20, .high = 100000 },
	ATLS_OPTION_JSON(&options.json),
	{ .help = "Filters, of both" },
	ATLS_OPTIONS_FILTER(&filter),
	ATLS_OPTION_CONN(&filter),
	{ 0 },
};

static int open_one(const char *input, sqlite3 **db)
{
	int status = atls_data_open(input, db), ret;

	if (status != ATLS_EXIT_OK)
		return status;
	ret = atls_filter_make_views(&filter, *db);
	if (!ret)
		ret = atls_sections_make_views(*db);
	return !ret ? ATLS_EXIT_OK : ret == -EINVAL ? ATLS_EXIT_USAGE : ATLS_EXIT_TRACE;
}

static int compare(sqlite3 *db[2])
{
	int ret = atls_diff(db, &options);

	if (ret < 0)
		return ATLS_EXIT_TRACE;
	return ret ? ATLS_EXIT_FINDINGS : ATLS_EXIT_OK;
}

static int run(int argc, char **argv)
{
	sqlite3 *db[2] = { NULL, NULL };
	int status = ATLS_EXIT_OK;

	if (argc != 2) {
		atls_error("diff: name two recordings: asynctls diff A B");
		return ATLS_EXIT_USAGE;
	}
	for (int i = 0; i < 2 && status == ATLS_EXIT_OK; i++)
		status = open_one(argv[i], &db[i]);
	if (status == ATLS_EXIT_OK)
		status = compare(db);
	sqlite3_close(db[0]);
	sqlite3_close(db[1]);
	return status;
}

const struct atls_cmd atls_cmd_diff = {
	.name = "diff",
	.summary = "compare two recordings, with confidence intervals",
	.usage = "A B [FILTER...] [OPTIONS]",
	.about =
		"Compare recording B with recording A: counts and rates, percentiles of jobs, phases and handshakes\n"
		"with 95 % confidence intervals of their ratio, findings. Exit with 1 if B is worse: a percentile or\n"
		"rate by more than the threshold with all of its interval, or a finding that A does not have.",
	.args = args,
	.notes =
		"Intervals come from resampling with a fixed seed: the same recordings give the same answer. Exit\n"
		"status: 0 no regression, 1 regression, 2 usage, 3 unreadable trace or database, 4 environment.",
	.takes_arguments = true,
	.run = run,
};
