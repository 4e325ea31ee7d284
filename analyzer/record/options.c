/* SPDX-License-Identifier: Apache-2.0 */
/* What 'asynctls record' and 'asynctls start' are asked for. */
#include "record/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/exit.h"
#include "base/log.h"
#include "base/paths.h"
#include "base/units.h"
#include "events/groups.h"
#include "spec/spec.h"

#define ENGINE_DEFAULT "workers=2"
#define RELAY_PORT 5342

const char atls_options_help[] =
	"  -o, --output=DIR      where the recording goes (" ATLS_DATA_DEFAULT
	"); an earlier one there\n"
	"                        is kept as DIR.old\n"
	"      --events=GROUPS   of job, ssl, engine, loop (default: all)\n"
	"      --addresses       record the peers' addresses, too\n"
	"      --delay=TIME      begin so much later\n"
	"      --duration=TIME   end after so much time\n"
	"      --max-size=SIZE   end when so much is written; with --rotate: drop the oldest chunks\n"
	"      --rotate=SIZE|TIME  a new chunk, complete in itself, each time\n"
	"      --ring[=SIZE]     keep the latest events in memory only (SIZE for each processor and\n"
	"                        user); they are written by 'asynctls snapshot', a trigger, or at the end\n"
	"      --trigger='job>TIME'  with --ring: write them shortly after a job that took longer\n"
	"      --buffer=SIZE     of the buffers, for each processor and user (8M, less on large machines)\n"
	"      --relay=HOST[:PORT]  send the trace to the lttng-relayd of another host\n"
	"      --strict          exit status 5 if anything is missing from the recording\n"
	"      --dry-run         print what would be done, and do nothing\n"
	"  -h, --help            this text\n"
	"\n"
	"TIME is a number and ns, us, ms, s, m or h; SIZE a number and k, M or G.\n";

enum {
	OPT_MODE = 256,
	OPT_ENGINE,
	OPT_BRIDGE,
	OPT_BRIDGE_ONLY,
	OPT_ANALYZE,
	OPT_EVENTS,
	OPT_ADDRESSES,
	OPT_DELAY,
	OPT_DURATION,
	OPT_MAX_SIZE,
	OPT_ROTATE,
	OPT_RING,
	OPT_TRIGGER,
	OPT_BUFFER,
	OPT_RELAY,
	OPT_STRICT,
	OPT_DRY_RUN,
	OPT_PID,
	OPT_SESSION,
};

#define SHARED                                                         \
	{ "output", required_argument, NULL, 'o' },                    \
		{ "events", required_argument, NULL, OPT_EVENTS },     \
		{ "addresses", no_argument, NULL, OPT_ADDRESSES },     \
		{ "delay", required_argument, NULL, OPT_DELAY },       \
		{ "duration", required_argument, NULL, OPT_DURATION }, \
		{ "max-size", required_argument, NULL, OPT_MAX_SIZE }, \
		{ "rotate", required_argument, NULL, OPT_ROTATE },     \
		{ "ring", optional_argument, NULL, OPT_RING },         \
		{ "trigger", required_argument, NULL, OPT_TRIGGER },   \
		{ "buffer", required_argument, NULL, OPT_BUFFER },     \
		{ "relay", required_argument, NULL, OPT_RELAY },       \
		{ "strict", no_argument, NULL, OPT_STRICT },           \
		{ "dry-run", no_argument, NULL, OPT_DRY_RUN },         \
		{ "session", required_argument, NULL, OPT_SESSION },   \
	{                                                              \
		"help", no_argument, NULL, 'h'                         \
	}

static const struct option record_options[] = {
	SHARED,
	{ "mode", required_argument, NULL, OPT_MODE },
	{ "engine", required_argument, NULL, OPT_ENGINE },
	{ "bridge", required_argument, NULL, OPT_BRIDGE },
	{ "bridge-only", required_argument, NULL, OPT_BRIDGE_ONLY },
	{ "analyze", no_argument, NULL, OPT_ANALYZE },
	{ "pid", required_argument, NULL, OPT_PID },
	{ 0 },
};

static const struct option start_options[] = { SHARED, { 0 } };

/* --- single values -------------------------------------------------------- */

static bool refuse(const char *command, const char *option, const char *value, const char *wanted)
{
	atls_error("%s: --%s: '%s' is not %s", command, option, value, wanted);
	return false;
}

static bool take_time(const char *command, const char *option, const char *value, int64_t *ns)
{
	return atls_parse_time(value, ns) ||
	       refuse(command, option, value, "a time such as 10s, 1.5ms or 2m");
}

static bool take_size(const char *command, const char *option, const char *value, uint64_t *bytes)
{
	return atls_parse_size(value, bytes) ||
	       refuse(command, option, value, "a size such as 64k, 10M or 1G");
}

static bool take_rotate(const char *command, const char *value, struct atls_record_options *o)
{
	/* "m" is minutes here and "M" megabytes. */
	if (strpbrk(value, "sh") || value[strlen(value) - 1] == 'm')
		return take_time(command, "rotate", value, &o->rotate_ns);
	return atls_parse_size(value, &o->rotate_size) ||
	       refuse(command, "rotate", value, "a size such as 64M, or a time such as 10s");
}

static bool take_trigger(const char *command, const char *value, struct atls_record_options *o)
{
	size_t n = strspn(value, " ");

	if (!strncmp(value + n, "job", 3)) {
		n += 3;
		n += strspn(value + n, " ");
		if (value[n] == '>' &&
		    atls_parse_time(value + n + 1 + strspn(value + n + 1, " "), &o->trigger_ns))
			return true;
	}
	return refuse(command, "trigger", value, "of the form 'job>5ms'");
}

static bool take_events(const char *command, const char *value, struct atls_record_options *o)
{
	char word[64];
	unsigned int groups = atls_groups_parse(value, word, sizeof(word));

	o->groups = groups | (o->groups & ATLS_GROUP_ADDRESS);
	return groups || refuse(command, "events", word, "one of job, ssl, engine, loop");
}

static bool take_relay(const char *command, const char *value, struct atls_record_options *o)
{
	const char *colon = strrchr(value, ':');
	size_t length = colon ? (size_t)(colon - value) : strlen(value);
	char *end = "";

	o->relay_port = colon ? (int)strtol(colon + 1, &end, 10) : RELAY_PORT;
	if (!length || length >= sizeof(o->relay) || *end || o->relay_port < 1 ||
	    o->relay_port > 65534 || strcspn(value, "/ ") < length)
		return refuse(command, "relay", value, "HOST or HOST:PORT");
	memcpy(o->relay, value, length);
	o->relay[length] = '\0';
	return true;
}

static bool take_pid(const char *command, const char *value, struct atls_record_options *o)
{
	char *end;
	long pid = strtol(value, &end, 10);

	o->pid = (pid_t)pid;
	return (*value && !*end && pid > 0 && o->pid == pid) ||
	       refuse(command, "pid", value, "the number of a process");
}

/* --- each, and together --------------------------------------------------- */

static bool take(struct atls_record_options *o, const char *command, int option)
{
	switch (option) {
	case 'o':
		o->dir = optarg;
		return true;
	case OPT_MODE:
		o->mode = optarg;
		return true;
	case OPT_ENGINE:
		o->engine = optarg;
		return true;
	case OPT_BRIDGE:
		o->bridge = optarg;
		return true;
	case OPT_BRIDGE_ONLY:
		o->bridge_only = optarg;
		return true;
	case OPT_ANALYZE:
		o->analyze = true;
		return true;
	case OPT_EVENTS:
		return take_events(command, optarg, o);
	case OPT_ADDRESSES:
		o->groups |= ATLS_GROUP_ADDRESS;
		return true;
	case OPT_DELAY:
		return take_time(command, "delay", optarg, &o->delay_ns);
	case OPT_DURATION:
		return take_time(command, "duration", optarg, &o->duration_ns);
	case OPT_MAX_SIZE:
		return take_size(command, "max-size", optarg, &o->max_size);
	case OPT_ROTATE:
		return take_rotate(command, optarg, o);
	case OPT_RING:
		o->ring = true;
		return !optarg || take_size(command, "ring", optarg, &o->buffer);
	case OPT_TRIGGER:
		return take_trigger(command, optarg, o);
	case OPT_BUFFER:
		return take_size(command, "buffer", optarg, &o->buffer);
	case OPT_RELAY:
		return take_relay(command, optarg, o);
	case OPT_STRICT:
		o->strict = true;
		return true;
	case OPT_DRY_RUN:
		o->dry_run = true;
		return true;
	case OPT_PID:
		return take_pid(command, optarg, o);
	case OPT_SESSION:
		o->session = optarg;
		return true;
	default:
		o->help = true;
		return true;
	}
}

bool atls_options_check_mode(const char *prefix, const char *text)
{
	if (!strcmp(text, "observe") || !strcmp(text, "engine") || !strcmp(text, "bridge"))
		return true;
	atls_error("%s: there is no mode '%s'; modes are observe, engine, bridge", prefix, text);
	return false;
}

bool atls_options_check_engine(const char *prefix, const char *text)
{
	struct atls_spec spec = ATLS_SPEC_DEFAULT;
	char why[512];

	if (!atls_spec_parse(&spec, text, why, sizeof(why)))
		return true;
	atls_error("%s: --engine: %s", prefix, why);
	return false;
}

bool atls_options_check_bridge(const char *prefix, const char *text)
{
	return !strcmp(text, "server") || !strcmp(text, "client") || !strcmp(text, "both") ||
	       refuse(prefix, "bridge", text, "server, client or both");
}

static bool check_shim(struct atls_record_options *o, const char *command)
{
	bool observe = !strcmp(o->mode, "observe");

	if (!atls_options_check_mode(command, o->mode))
		return false;
	if (observe && o->engine) {
		atls_error("%s: --engine needs --mode=engine or --mode=bridge", command);
		return false;
	}
	if ((o->bridge || o->bridge_only) && strcmp(o->mode, "bridge")) {
		atls_error("%s: --bridge and --bridge-only need --mode=bridge", command);
		return false;
	}
	if (!observe && !o->engine)
		o->engine = ENGINE_DEFAULT;
	return (!o->engine || atls_options_check_engine(command, o->engine)) &&
	       (!o->bridge || atls_options_check_bridge(command, o->bridge));
}

static bool check_target(const struct atls_record_options *o, const char *command, bool start)
{
	if (start && o->command[0]) {
		atls_error(
			"start: records servers that run already; 'asynctls record -- COMMAND' starts one");
		return false;
	}
	if (o->pid && o->command[0]) {
		atls_error("%s: either --pid or a command", command);
		return false;
	}
	if (o->session && o->command[0]) {
		atls_error("%s: --session is for servers that run already, not for a command",
			   command);
		return false;
	}
	if (!start && !o->pid && !o->session && !o->command[0]) {
		atls_error(
			"record: no command was given; 'asynctls record -- COMMAND' records one");
		return false;
	}
	if (!o->command[0] &&
	    (o->engine || strcmp(o->mode, "observe") || o->bridge || o->bridge_only)) {
		atls_error(
			"%s: the mode of a server that runs already is fixed; 'asynctls env' sets it",
			command);
		return false;
	}
	return true;
}

static bool check_together(const struct atls_record_options *o, const char *command)
{
	const char *what = NULL;

	if (o->trigger_ns && !o->ring)
		what = "--trigger needs --ring";
	else if (o->trigger_ns && !(o->groups & ATLS_GROUP_JOB))
		what = "--trigger needs the events of group job";
	else if (o->ring && (o->rotate_size || o->rotate_ns))
		what = "a ring is not rotated: --ring or --rotate";
	else if (o->ring && o->max_size)
		what = "a ring has a fixed size: --ring=SIZE instead of --max-size";
	else if (o->relay[0] && o->max_size)
		what = "--max-size is for recordings on this host, not for --relay";
	else if (o->relay[0] && o->analyze)
		what = "--analyze is for recordings on this host, not for --relay";
	else if (o->max_size && o->rotate_size > o->max_size)
		what = "--rotate is larger than --max-size";
	else if (!*o->dir)
		what = "the output directory has no name";
	if (what)
		atls_error("%s: %s", command, what);
	return !what;
}

bool atls_options_parse(struct atls_record_options *o, int argc, char **argv, bool start)
{
	const char *command = start ? "start" : "record";
	int c;

	*o = (struct atls_record_options){
		.dir = ATLS_DATA_DEFAULT,
		.mode = "observe",
		.groups = ATLS_GROUPS_DEFAULT,
		.background = start,
	};
	opterr = 0;
	while (!o->help && (c = getopt_long(argc, argv, "+o:h",
					    start ? start_options : record_options, NULL)) != -1) {
		if (c == '?') {
			atls_error("%s: %s is not an option, or lacks its value; see --help",
				   command, argv[optind - 1]);
			return false;
		}
		if (!take(o, command, c))
			return false;
	}
	o->command = argv + optind;
	return o->help || (check_target(o, command, start) && check_shim(o, command) &&
			   check_together(o, command));
}
