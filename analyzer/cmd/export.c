/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls export: a recording in the formats of other tools. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/args.h"
#include "base/log.h"
#include "base/paths.h"
#include "cmd/cmd.h"
#include "report/export.h"
#include "report/filter.h"
#include "store/open.h"

struct options {
	const char *input;
	struct atls_filter filter;
	struct atls_export_options export;
};

static void help(void)
{
	puts("usage: asynctls export --format FORMAT [-i DIR|FILE] [-o FILE] [FILTER...]\n"
	     "\n"
	     "  -f, --format FORMAT\n"
	     "        perfetto        for ui.perfetto.dev: threads, jobs with their phases, flows from wake to\n"
	     "                        resume, jobs in flight\n"
	     "        chrome          JSON for chrome://tracing\n"
	     "        csv             one line a job; times in ns\n"
	     "        json            one object a job\n"
	     "        otlp            OpenTelemetry spans (OTLP/JSON) of the slowest jobs and of a sample\n"
	     "  -i, --input DIR|FILE  recording or database [" ATLS_DATA_DEFAULT "]\n"
	     "  -o, --output FILE     [standard output]\n"
	     "      --slowest N       otlp: so many of the slowest jobs [1000]\n"
	     "      --sample N        otlp: one in N of the others [none]\n"
	     "  -h, --help            this text\n"
	     "\n"
	     "Filters\n" ATLS_FILTER_HELP);
}

/* -1, or the exit status to end with. */
static int parse(int argc, char **argv, struct options *o)
{
	const int most = 1000000000;
	const struct atls_arg args[] = {
		{ "format", 'f', .text = &o->export.format },
		{ "input", 'i', .text = &o->input },
		{ "output", 'o', .text = &o->export.output },
		{ "slowest", .number = &o->export.slowest, .high = most },
		{ "sample", .number = &o->export.sample, .high = most },
		{ "conn", .text = &o->filter.conn },
		ATLS_FILTER_ARGS(&o->filter),
		{ 0 },
	};
	int status = atls_args(argc, argv, args, help, NULL);

	if (status >= 0 || (optind == argc && o->export.format))
		return status;
	atls_error("export: say which --format: perfetto, chrome, csv, json or otlp");
	return ATLS_EXIT_USAGE;
}

static bool known(const char *format)
{
	static const char *const formats[] = { "perfetto", "chrome", "csv", "json", "otlp" };

	for (int i = 0; i < 5; i++)
		if (!strcmp(format, formats[i]))
			return true;
	atls_error("export: there is no format '%s': perfetto, chrome, csv, json or otlp", format);
	return false;
}

static int export(sqlite3 *db, const struct options *o)
{
	int ret = atls_filter_make_views(&o->filter, db);

	if (ret)
		return ret == -EINVAL ? ATLS_EXIT_USAGE : ATLS_EXIT_TRACE;
	ret = atls_export(db, &o->export);
	if (ret == -ENOENT)
		return ATLS_EXIT_ENVIRONMENT;
	return ret ? ATLS_EXIT_TRACE : ATLS_EXIT_OK;
}

static int run(int argc, char **argv)
{
	struct options o = { .input = ATLS_DATA_DEFAULT, .export.slowest = 1000 };
	sqlite3 *db;
	int status = parse(argc, argv, &o);

	if (status >= 0)
		return status;
	if (!known(o.export.format))
		return ATLS_EXIT_USAGE;
	status = atls_data_open(o.input, &db);
	if (status != ATLS_EXIT_OK)
		return status;
	status = export(db, &o);
	sqlite3_close(db);
	return status;
}

const struct atls_cmd atls_cmd_export = { "export", "write Perfetto, Chrome, CSV, JSON or OTLP",
					  run };
