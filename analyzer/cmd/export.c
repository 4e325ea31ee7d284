/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls export: a recording in the formats of other tools. */
#include <errno.h>
#include <limits.h>

#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "report/export.h"
#include "store/open.h"

static const char *input = ATLS_DATA_DEFAULT;
static struct atls_export_options options = { .slowest = 1000 };
static struct atls_filter filter;

static const struct atls_arg args[] = {
	{ "format", 'f', "perfetto|chrome|csv|json|otlp",
	  "perfetto  for ui.perfetto.dev: threads, jobs with their phases, flows from\n"
	  "          wake to resume, jobs in flight\n"
	  "chrome    JSON for chrome://tracing\n"
	  "csv       one line a job; times in ns\n"
	  "json      one object a job\n"
	  "otlp      OpenTelemetry spans (OTLP/JSON) of the slowest jobs and of a sample",
	  .text = &options.format },
	ATLS_OPTION_INPUT(&input),
	{ "output", 'o', "FILE", "[standard output]", .text = &options.output },
	{ "slowest", 0, "N", "otlp: so many of the slowest jobs [1000]", .number = &options.slowest,
	  .high = INT_MAX },
	{ "sample", 0, "N", "otlp: one in N of the others [none]", .number = &options.sample,
	  .high = INT_MAX },
	{ .help = "Filters" },
	ATLS_OPTIONS_FILTER(&filter),
	ATLS_OPTION_CONN(&filter),
	{ 0 },
};

static int export(sqlite3 *db)
{
	int ret = atls_filter_make_views(&filter, db);

	if (ret)
		return ret == -EINVAL ? ATLS_EXIT_USAGE : ATLS_EXIT_TRACE;
	ret = atls_export(db, &options);
	if (ret == -ENOENT)
		return ATLS_EXIT_ENVIRONMENT;
	return ret ? ATLS_EXIT_TRACE : ATLS_EXIT_OK;
}

static int run(int argc, char **argv)
{
	sqlite3 *db;
	int status;

	if (!options.format) {
		atls_error("export: say which --format; --help lists them");
		return ATLS_EXIT_USAGE;
	}
	status = atls_data_open(input, &db);
	if (status != ATLS_EXIT_OK)
		return status;
	status = export(db);
	sqlite3_close(db);
	return status;
}

const struct atls_cmd atls_cmd_export = {
	.name = "export",
	.summary = "write Perfetto, Chrome, CSV, JSON or OTLP",
	.usage = "--format=FORMAT [-i DIR|FILE] [-o FILE] [FILTER...]",
	.about = "Write a recording in the format of another tool.",
	.args = args,
	.run = run,
};
