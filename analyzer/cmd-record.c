/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls record */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "log.h"
#include "record/recorder.h"
#include "spec.h"

#define ENGINE_DEFAULT "workers=2"

static void help(void)
{
	fputs("usage: asynctls record [OPTIONS] -- COMMAND [ARGUMENTS]\n"
	      "\n"
	      "Run COMMAND with the asynctls shim preloaded and record its asynchronous TLS until it and\n"
	      "all that it started have ended, or until SIGINT or SIGTERM. The exit status is COMMAND's.\n"
	      "\n"
	      "  -o, --output=DIR    where the recording goes (" ATLS_DATA_DEFAULT
	      "); an earlier one there is\n"
	      "                      kept as DIR.old\n"
	      "      --mode=MODE     observe  trace, change nothing (default)\n"
	      "                      engine   also offload private-key operations to the built-in engine\n"
	      "                      bridge   also make a program that knows nothing of async use it\n"
	      "      --engine=SPEC   the built-in engine (" ENGINE_DEFAULT
	      "); in modes engine and bridge\n"
	      "      --analyze       build DIR/trace.db afterwards, as 'asynctls analyze' does\n"
	      "  -h, --help          this text\n"
	      "\n"
	      "Exit status: COMMAND's own, 128+N if signal N ended it, 126 if it cannot be run, 127 if there\n"
	      "is none; 2 if the options are wrong, 4 if something that is needed is lacking: then COMMAND\n"
	      "was not started.\n",
	      stdout);
}

enum { OPT_MODE = 256, OPT_ENGINE, OPT_ANALYZE };

static const struct option long_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "mode", required_argument, NULL, OPT_MODE },
	{ "engine", required_argument, NULL, OPT_ENGINE },
	{ "analyze", no_argument, NULL, OPT_ANALYZE },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

struct options {
	struct atls_record_options record;
	bool analyze;
	bool help;
};

/* Returns false, with a message, if an option is wrong. */
static bool parse(int argc, char **argv, struct options *o)
{
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "+o:h", long_options, NULL)) != -1) {
		switch (c) {
		case 'o':
			o->record.dir = optarg;
			break;
		case OPT_MODE:
			o->record.mode = optarg;
			break;
		case OPT_ENGINE:
			o->record.engine = optarg;
			break;
		case OPT_ANALYZE:
			o->analyze = true;
			break;
		case 'h':
			o->help = true;
			return true;
		default:
			atls_error("record: %s is not an option, or lacks its value; see --help",
				   argv[optind - 1]);
			return false;
		}
	}
	o->record.command = argv + optind;
	return true;
}

static bool check_engine(const char *text)
{
	struct atls_spec spec = ATLS_SPEC_DEFAULT;
	char why[512];

	if (!atls_spec_parse(&spec, text, why, sizeof(why)))
		return true;
	atls_error("record: --engine: %s", why);
	return false;
}

/* Returns false, with a message, if the options do not go together. */
static bool check(struct options *o)
{
	bool observe = !strcmp(o->record.mode, "observe");

	if (!observe && strcmp(o->record.mode, "engine") && strcmp(o->record.mode, "bridge")) {
		atls_error("record: there is no mode '%s'; modes are observe, engine, bridge",
			   o->record.mode);
		return false;
	}
	if (observe && o->record.engine) {
		atls_error("record: --engine needs --mode=engine or --mode=bridge");
		return false;
	}
	if (!observe && !o->record.engine)
		o->record.engine = ENGINE_DEFAULT;
	if (o->record.engine && !check_engine(o->record.engine))
		return false;
	if (!*o->record.dir) {
		atls_error("record: the output directory has no name");
		return false;
	}
	if (!o->record.command[0]) {
		atls_error(
			"record: no command was given; 'asynctls record -- COMMAND' records one");
		return false;
	}
	return true;
}

static void analyze(const char *dir)
{
	char *argv[] = { "analyze", "-i", (char *)dir, NULL };

	optind = 0;
	if (atls_cmd_analyze.run(3, argv))
		atls_error("record: the recording is there, but could not be analyzed");
}

static int run(int argc, char **argv)
{
	struct options o = { .record = { .dir = ATLS_DATA_DEFAULT, .mode = "observe" } };
	bool recorded;
	int status;

	if (!parse(argc, argv, &o))
		return ATLS_EXIT_USAGE;
	if (o.help) {
		help();
		return ATLS_EXIT_OK;
	}
	if (!check(&o))
		return ATLS_EXIT_USAGE;
	status = atls_record(&o.record, &recorded);
	if (recorded && o.analyze)
		analyze(o.record.dir);
	return status;
}

const struct atls_cmd atls_cmd_record = { "record", "record a program's async TLS", run };
