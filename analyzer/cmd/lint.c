/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls lint: which failure modes of asynchronous TLS a recording shows, and what to do. */
#include <errno.h>

#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "report/findings.h"
#include "report/rules.h"
#include "report/suppress.h"
#include "store/analysis.h"
#include "store/data.h"
#include "store/open.h"

static const char *input = ATLS_DATA_DEFAULT, *suppressions, *explain;
static bool list, json, sarif, strict;

static struct {
	bool given;
	int64_t values[ATLS_NLIMITS];
} limits;

static bool take_threshold(void *to, const char *value)
{
	if (!limits.given)
		atls_limit_defaults(limits.values);
	limits.given = true;
	return !atls_limit_parse(limits.values, value);
}

static const struct atls_arg args[] = {
	ATLS_OPTION_INPUT(&input),
	{ "list", .help = "the rules, and the numbers that they go by", .flag = &list },
	{ "explain", 0, "RULE", "what a rule finds, why it matters, what to do", .text = &explain },
	{ "threshold", 0, "NAME=VALUE",
	  "another number for a rule, such as wake=100ms or spurious=5%; repeatable;\n"
	  "needs the trace, and leaves the database as it is",
	  .take = take_threshold,
	  .wanted =
		  "a threshold such as wake=100ms: 'asynctls lint --list' shows names and units" },
	{ "suppress", 0, "FILE",
	  "leave out what the file names: a line each of\n"
	  "RULE [pid=PID] [detail=TEXT], and # begins a comment",
	  .text = &suppressions },
	ATLS_OPTION_JSON(&json),
	{ "sarif", .help = "SARIF 2.1.0, for tools that show findings of checkers",
	  .flag = &sarif },
	ATLS_OPTION_STRICT(&strict),
	{ 0 },
};

/* With other thresholds the trace is read anew. */
static int open_anew(sqlite3 **db)
{
	struct atls_analysis_result result;
	struct atls_data d;
	int ret;

	if (atls_data_locate(input, &d))
		return ATLS_EXIT_TRACE;
	if (!*d.trace) {
		atls_error("lint: %s is a database; --threshold needs the trace", input);
		return ATLS_EXIT_USAGE;
	}
	ret = atls_summarize_with(&d, limits.values, &result, db);
	return ret ? atls_analysis_status(ret) : ATLS_EXIT_OK;
}

static int print(sqlite3 *db)
{
	if (sarif)
		return atls_lint_print_sarif(db, input);
	return json ? atls_lint_print_json(db) : atls_lint_print_text(db);
}

static int lint(sqlite3 *db)
{
	int64_t bad, lost;
	int ret = atls_suppress_make_view(db, suppressions);

	if (ret)
		return ret == -EINVAL || ret == -ENOENT ? ATLS_EXIT_USAGE : ATLS_EXIT_TRACE;
	if (print(db))
		return ATLS_EXIT_TRACE;
	bad = atls_lint_print_bad(db);
	lost = atls_lint_print_lost(db);
	if (bad)
		return bad < 0 ? ATLS_EXIT_TRACE : ATLS_EXIT_FINDINGS;
	return strict && lost ? ATLS_EXIT_INCOMPLETE : ATLS_EXIT_OK;
}

static int run(int argc, char **argv)
{
	sqlite3 *db;
	int status;

	if (list) {
		atls_rules_list();
		return ATLS_EXIT_OK;
	}
	if (explain)
		return atls_rules_explain(explain) ? ATLS_EXIT_USAGE : ATLS_EXIT_OK;
	status = limits.given ? open_anew(&db) : atls_data_open_sums(input, &db);
	if (status != ATLS_EXIT_OK)
		return status;
	status = lint(db);
	sqlite3_close(db);
	return status;
}

const struct atls_cmd atls_cmd_lint = {
	.name = "lint",
	.summary = "name failure modes, culprits and remedies",
	.usage = "[-i DIR|FILE] [OPTIONS]\n--list | --explain=RULE",
	.about =
		"Say which failure modes of asynchronous TLS a recording shows: who is to blame, how often, examples,\n"
		"and what to do. Exit with 1 if there are findings that are worse than a note.",
	.args = args,
	.notes =
		"What a rule concludes from the absence of an event is withheld where events were lost or not recorded.\n"
		"Exit status: 0 no findings, 1 findings, 2 usage, 3 unreadable trace or database, 4 environment, 5 events\n"
		"were lost, with --strict, and there are no findings.",
	.run = run,
};
