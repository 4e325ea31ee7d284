/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls lint: which failure modes of asynchronous TLS a recording shows, and what to do about them. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/args.h"
#include "base/log.h"
#include "base/paths.h"
#include "cmd/cmd.h"
#include "report/findings.h"
#include "report/rules.h"
#include "report/suppress.h"
#include "store/analysis.h"
#include "store/data.h"
#include "store/open.h"

struct options {
	const char *input, *suppress, *explain;
	bool list, json, sarif, strict, limited;
	int64_t limits[ATLS_NLIMITS];
};

static void help(void)
{
	puts("usage: asynctls lint [-i DIR|FILE] [OPTIONS]\n"
	     "       asynctls lint --list | --explain RULE\n"
	     "\n"
	     "Say which failure modes of asynchronous TLS a recording shows: who is to blame, how often, examples,\n"
	     "and what to do. Exit with 1 if there are findings that are worse than a note.\n"
	     "\n"
	     "  -i, --input DIR|FILE  recording or database [" ATLS_DATA_DEFAULT "]\n"
	     "      --list            the rules, and the numbers that they go by\n"
	     "      --explain RULE    what a rule finds, why it matters, what to do\n"
	     "      --threshold NAME=VALUE\n"
	     "                        another number for a rule, such as wake=100ms or spurious=5%; repeatable;\n"
	     "                        needs the trace, and leaves the database as it is\n"
	     "      --suppress FILE   leave out what the file names: a line each of\n"
	     "                        RULE [pid=PID] [detail=TEXT], and # begins a comment\n"
	     "      --json            one JSON object; times in ns\n"
	     "      --sarif           SARIF 2.1.0, for tools that show findings of checkers\n"
	     "      --strict          exit with 5 if events were lost and there is no finding\n"
	     "  -h, --help            this text\n"
	     "\n"
	     "What a rule concludes from the absence of an event is withheld where events were lost or not recorded. Exit status:\n"
	     "0 no findings, 1 findings, 2 usage, 3 unreadable trace or database, 4 environment, 5 see --strict.");
}

static bool take_threshold(void *options, const char *name, const char *value)
{
	struct options *o = options;

	o->limited = true;
	if (!atls_limit_parse(o->limits, value))
		return true;
	atls_error("lint: '%s' is no %s: 'asynctls lint --list' shows names and units", value,
		   name);
	return false;
}

/* -1, or the exit status to end with. */
static int parse(int argc, char **argv, struct options *o)
{
	const struct atls_arg args[] = {
		{ "input", 'i', .text = &o->input },
		{ "list", .flag = &o->list },
		{ "explain", .text = &o->explain },
		{ "threshold", .take = take_threshold },
		{ "suppress", .text = &o->suppress },
		{ "json", .flag = &o->json },
		{ "sarif", .flag = &o->sarif },
		{ "strict", .flag = &o->strict },
		{ 0 },
	};
	int status = atls_args(argc, argv, args, help, o);

	return status >= 0 ? status : atls_args_end(argc, argv);
}

/* ---- opening -------------------------------------------------------------------------------- */

/* With other thresholds the trace is read anew. */
static int open_anew(const struct options *o, sqlite3 **db)
{
	struct atls_analysis_result result;
	struct atls_data d;
	int ret;

	if (atls_data_locate(o->input, &d))
		return ATLS_EXIT_TRACE;
	if (!*d.trace) {
		atls_error("lint: %s is a database; --threshold needs the trace", o->input);
		return ATLS_EXIT_USAGE;
	}
	ret = atls_summarize_with(&d, o->limits, &result, db);
	return ret ? atls_analysis_status(ret) : ATLS_EXIT_OK;
}

static int print(sqlite3 *db, const struct options *o)
{
	if (o->sarif)
		return atls_lint_print_sarif(db, o->input);
	return o->json ? atls_lint_print_json(db) : atls_lint_print_text(db);
}

static int lint(sqlite3 *db, const struct options *o)
{
	int64_t bad, lost;
	int ret = atls_suppress_make_view(db, o->suppress);

	if (ret)
		return ret == -EINVAL || ret == -ENOENT ? ATLS_EXIT_USAGE : ATLS_EXIT_TRACE;
	if (print(db, o))
		return ATLS_EXIT_TRACE;
	bad = atls_lint_print_bad(db);
	lost = atls_lint_print_lost(db);
	if (bad)
		return bad < 0 ? ATLS_EXIT_TRACE : ATLS_EXIT_FINDINGS;
	return o->strict && lost ? ATLS_EXIT_INCOMPLETE : ATLS_EXIT_OK;
}

static int run(int argc, char **argv)
{
	struct options o = { .input = ATLS_DATA_DEFAULT };
	sqlite3 *db;
	int status;

	atls_limit_defaults(o.limits);
	status = parse(argc, argv, &o);
	if (status >= 0)
		return status;
	if (o.list) {
		atls_rules_list();
		return ATLS_EXIT_OK;
	}
	if (o.explain)
		return atls_rules_explain(o.explain) ? ATLS_EXIT_USAGE : ATLS_EXIT_OK;
	status = o.limited ? open_anew(&o, &db) : atls_data_open_sums(o.input, &db);
	if (status != ATLS_EXIT_OK)
		return status;
	status = lint(db, &o);
	sqlite3_close(db);
	return status;
}

const struct atls_cmd atls_cmd_lint = { "lint", "name failure modes, culprits and remedies", run };
