/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls start: records servers that run already, in the background. */
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "record/recorder.h"

static struct atls_record_options options = {
	ATLS_RECORD_DEFAULTS,
	.background = true,
	.analysis = atls_cmd_analyze_dir,
};

static const struct atls_arg args[] = {
	ATLS_OPTION_SESSION(&options.session),
	ATLS_OPTIONS_RECORDING(&options),
	{ 0 },
};

static int run(int argc, char **argv)
{
	options.command = argv;
	return atls_record_options_check(&options, "start") ? atls_record(&options)
							    : ATLS_EXIT_USAGE;
}

const struct atls_cmd atls_cmd_start = {
	.name = "start",
	.summary = "record servers that run already",
	.usage = "[OPTIONS]",
	.about =
		"Begin to record the servers that were started with what 'asynctls env' prints, in the\n"
		"background, until 'asynctls stop'.",
	.args = args,
	.notes = ATLS_NOTE_RECORDING,
	.takes_program = true, /* to say that it belongs to record */
	.run = run,
};
