/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls record */
#include <stdio.h>

#include "cmd/cmd.h"
#include "record/options.h"
#include "record/recorder.h"

static void help(void)
{
	fputs("usage: asynctls record [OPTIONS] -- COMMAND [ARGUMENTS]\n"
	      "       asynctls record [OPTIONS] --pid=PID\n"
	      "\n"
	      "Run COMMAND with the asynctls shim preloaded and record its asynchronous TLS until it and\n"
	      "all that it started have ended, or until SIGINT or SIGTERM. The exit status is COMMAND's.\n"
	      "With --pid, record a server that was started with what 'asynctls env' prints, and all\n"
	      "others that were started for the same session, until it ends or Ctrl-C.\n"
	      "\n"
	      "      --mode=MODE       observe  trace, change nothing (default)\n"
	      "                        engine   also offload private-key operations to the built-in engine\n"
	      "                        bridge   also make a program that knows nothing of async use it\n"
	      "      --engine=SPEC     the built-in engine (workers=2); in modes engine and bridge\n"
	      "      --bridge=SIDE     of server (default), client, both: whose handshakes are bridged\n"
	      "      --bridge-only=NAME,...  bridge these programs only\n"
	      "      --pid=PID         a running server\n"
	      "      --session=NAME    for which it was started\n"
	      "      --analyze         build DIR/trace.db afterwards, as 'asynctls analyze' does\n",
	      stdout);
	fputs(atls_options_help, stdout);
	fputs("\n"
	      "When the recording ends before COMMAND (--duration, --max-size, full disk), COMMAND goes on\n"
	      "and its end is waited for. SIGUSR1 takes a snapshot of a ring.\n"
	      "\n"
	      "Exit status: COMMAND's own, 128+N if signal N ended it, 126 if it cannot be run, 127 if there\n"
	      "is none; 2 if the options are wrong, 4 if something that is needed is lacking: then COMMAND\n"
	      "was not started; 5 with --strict if something is missing from the recording.\n",
	      stdout);
}

static int run(int argc, char **argv)
{
	struct atls_record_options o;

	if (!atls_options_parse(&o, argc, argv, false))
		return ATLS_EXIT_USAGE;
	if (o.help) {
		help();
		return ATLS_EXIT_OK;
	}
	o.analysis = atls_cmd_analyze_dir;
	return atls_record(&o);
}

const struct atls_cmd atls_cmd_record = { "record", "record a program's async TLS", run };
