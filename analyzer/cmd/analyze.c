/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls analyze: builds trace.db from a recording. */
#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "store/analysis.h"

struct options {
	const char *input, *output;
	bool strict, calls;
};

static struct options options = { .input = ATLS_DATA_DEFAULT };

static const struct atls_arg args[] = {
	{ "input", 'i', "DIR",
	  "recording, or any folder that holds CTF traces [" ATLS_DATA_DEFAULT "]",
	  .text = &options.input },
	{ "output", 'o', "FILE",
	  "database [DIR/trace.db; DIR.db if DIR is no recording of asynctls]",
	  .text = &options.output },
	{ "calls", .help = "keep every SSL call, too, for the view v_ssl_call: it is large",
	  .flag = &options.calls },
	ATLS_OPTION_STRICT(&options.strict),
	{ 0 },
};

static void say_summary(const struct atls_data *d, const struct atls_analysis_result *r)
{
	const struct atls_totals *t = &r->totals;

	atls_info("%s: %" PRId64 " events, %" PRId64 " jobs (%" PRId64 " paused), %" PRId64
		  " connections, %" PRId64 " lost, in %.2f s",
		  d->db, t->events, t->jobs, t->jobs_paused, t->conns, t->lost_events, r->seconds);
	if (t->lost_events || t->lost_packets)
		atls_warn(
			"%" PRId64 " EVENTS WERE LOST while recording (and %" PRId64
			" packets overwritten): jobs open at that time have the outcome 'unknown'",
			t->lost_events, t->lost_packets);
}

static int analyze(const struct options *o)
{
	struct atls_analysis_result result;
	struct atls_data d;
	int ret;

	if (atls_data_locate(o->input, &d))
		return ATLS_EXIT_TRACE;
	if (!*d.trace) {
		atls_error("%s is a database already", o->input);
		return ATLS_EXIT_TRACE;
	}
	if (o->output)
		snprintf(d.db, sizeof(d.db), "%s", o->output);
	d.calls = o->calls;
	ret = atls_analyze(&d, &result);
	if (ret)
		return atls_analysis_status(ret);
	say_summary(&d, &result);
	if (o->strict &&
	    (result.damaged || result.totals.lost_events || result.totals.lost_packets))
		return ATLS_EXIT_INCOMPLETE;
	return ATLS_EXIT_OK;
}

int atls_cmd_analyze_dir(const char *dir)
{
	return analyze(&(struct options){ .input = dir });
}

static int run(int argc, char **argv)
{
	return analyze(&options);
}

const struct atls_cmd atls_cmd_analyze = {
	.name = "analyze",
	.summary = "build trace.db from a recording",
	.usage = "[-i DIR] [-o FILE] [--calls] [--strict]",
	.about = "Build the SQLite database of a recording.",
	.args = args,
	.notes =
		"A damaged trace is read as far as it goes: the database is made, a warning says what is\n"
		"missing, and so does the key 'incomplete' of its view v_meta. Exit status: 0 fine, 2 usage,\n"
		"3 not a trace or nothing readable in it, 4 the database cannot be written, 5 see --strict.",
	.run = run,
};
