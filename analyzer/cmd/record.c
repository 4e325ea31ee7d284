/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls record: records a program, or servers that run already. */
#include <limits.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "record/recorder.h"

static struct atls_record_options options = {
	ATLS_RECORD_DEFAULTS,
	.analysis = atls_cmd_analyze_dir,
};

static const struct atls_arg args[] = {
	ATLS_OPTIONS_SHIM(&options.shim),
	{ "pid", 0, "PID", "a running server", .number = &options.pid, .low = 1, .high = INT_MAX },
	ATLS_OPTION_SESSION(&options.session),
	{ "analyze", .help = "build DIR/trace.db afterwards, as 'asynctls analyze' does",
	  .flag = &options.analyze },
	ATLS_OPTIONS_RECORDING(&options),
	{ 0 },
};

static int run(int argc, char **argv)
{
	options.command = argv;
	return atls_record_options_check(&options, "record") ? atls_record(&options)
							     : ATLS_EXIT_USAGE;
}

const struct atls_cmd atls_cmd_record = {
	.name = "record",
	.summary = "record a program's async TLS",
	.usage = "[OPTIONS] -- COMMAND [ARGUMENTS]\n[OPTIONS] --pid=PID",
	.about =
		"Run COMMAND with the asynctls shim preloaded and record its asynchronous TLS until it and\n"
		"all that it started have ended, or until SIGINT or SIGTERM. The exit status is COMMAND's.\n"
		"With --pid, record a server that was started with what 'asynctls env' prints, and all\n"
		"others that were started for the same session, until it ends or Ctrl-C.",
	.args = args,
	.notes = ATLS_NOTE_RECORDING
	"\n"
	"\n"
	"When the recording ends before COMMAND (--duration, --max-size, full disk), COMMAND goes on\n"
	"and its end is waited for. SIGUSR1 takes a snapshot of a ring.\n"
	"\n"
	"Exit status: COMMAND's own, 128+N if signal N ended it, 126 if it cannot be run, 127 if there\n"
	"is none; 2 if the options are wrong, 4 if something that is needed is lacking: then COMMAND\n"
	"was not started; 5 with --strict if something is missing from the recording.",
	.takes_program = true,
	.run = run,
};
