/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls start, stop, snapshot, status: servers that run already */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/format.h"
#include "base/json.h"
#include "base/log.h"
#include "cmd/cmd.h"
#include "record/options.h"
#include "record/presence.h"
#include "record/recorder.h"
#include "record/remote.h"

#define PRESENT_MOST 256

/* --- start ---------------------------------------------------------------- */

static void help_start(void)
{
	fputs("usage: asynctls start [OPTIONS]\n"
	      "\n"
	      "Begin to record the servers that were started with what 'asynctls env' prints, in the\n"
	      "background, until 'asynctls stop'.\n"
	      "\n"
	      "      --session=NAME    for which they were started (" ATLS_PLACE_DEFAULT ")\n",
	      stdout);
	fputs(atls_options_help, stdout);
}

static int run_start(int argc, char **argv)
{
	struct atls_record_options o;

	if (!atls_options_parse(&o, argc, argv, true))
		return ATLS_EXIT_USAGE;
	if (o.help) {
		help_start();
		return ATLS_EXIT_OK;
	}
	o.analysis = atls_cmd_analyze_dir;
	return atls_record(&o);
}

/* --- what the others share -------------------------------------------------- */

struct wish {
	const char *session, *name;
	bool json;
	struct atls_place place;
};

/* Returns -1 to go on, or an exit status. */
static int parse(int argc, char **argv, struct wish *w, const char *help, const char *letters)
{
	static const struct option options[] = {
		{ "session", required_argument, NULL, 's' },
		{ "name", required_argument, NULL, 'n' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h') {
			fputs(help, stdout);
			return ATLS_EXIT_OK;
		}
		if (c == 's')
			w->session = optarg;
		else if (c == 'n' && strchr(letters, 'n'))
			w->name = optarg;
		else if (c == 'j' && strchr(letters, 'j'))
			w->json = true;
		else {
			atls_error("%s: %s is not an option, or lacks its value; see --help",
				   argv[0], argv[optind - 1]);
			return ATLS_EXIT_USAGE;
		}
	}
	if (argv[optind]) {
		atls_error("%s: takes no argument '%s'", argv[0], argv[optind]);
		return ATLS_EXIT_USAGE;
	}
	return atls_place_init(&w->place, w->session) ? ATLS_EXIT_USAGE : -1;
}

static int ask(const struct wish *w, enum atls_order order, struct atls_answer *answer)
{
	struct atls_order_message message = { .order = order };
	int err;

	snprintf(message.name, sizeof(message.name), "%s", w->name ? w->name : "asked");
	err = atls_remote_ask(&w->place, &message, answer);
	if (err == -ENOENT && order == ATLS_ORDER_SNAPSHOT)
		atls_error("session '%s' is not being recorded", w->place.name);
	return err;
}

/* --- stop, snapshot --------------------------------------------------------- */

static int stop(const struct wish *w, struct atls_answer *answer)
{
	int err = ask(w, ATLS_ORDER_STOP, answer), status;

	if (!err)
		return answer->status;
	status = err == -ENOENT ? atls_remote_last_words(&w->place) : -EIO;
	if (status == -ENOENT)
		atls_error("session '%s' is not being recorded", w->place.name);
	return status < 0 ? ATLS_EXIT_ENVIRONMENT : status;
}

static int run_stop(int argc, char **argv)
{
	static const char help[] =
		"usage: asynctls stop [--session=NAME]\n"
		"\n"
		"End what 'asynctls start' has begun, and sum it up; also if it has ended by\n"
		"itself.\n";
	struct atls_answer *answer = calloc(1, sizeof(*answer));
	struct wish w = { 0 };
	int status = parse(argc, argv, &w, help, "");

	if (status < 0)
		status = answer ? stop(&w, answer) : ATLS_EXIT_ENVIRONMENT;
	free(answer);
	return status;
}

static int run_snapshot(int argc, char **argv)
{
	static const char help[] =
		"usage: asynctls snapshot [--session=NAME] [--name=NAME]\n"
		"\n"
		"Write out what the ring of 'asynctls start --ring' holds, and empty it.\n";
	struct atls_answer *answer = calloc(1, sizeof(*answer));
	struct wish w = { 0 };
	int status = parse(argc, argv, &w, help, "n");

	if (status < 0 && w.name && (!*w.name || strchr(w.name, '/') || strlen(w.name) > 40)) {
		atls_error("snapshot: '%s' cannot be the name of a snapshot", w.name);
		status = ATLS_EXIT_USAGE;
	}
	if (status < 0)
		status = !answer || ask(&w, ATLS_ORDER_SNAPSHOT, answer) ? ATLS_EXIT_ENVIRONMENT
									 : answer->status;
	if (status == 0 && answer && *answer->dir)
		atls_info("snapshot %u is in %s", answer->state.snapshots, answer->dir);
	else if (status > 0 && answer && *answer->dir && !answer->ring)
		atls_error("session '%s' is recorded without --ring", w.place.name);
	free(answer);
	return status;
}

/* --- status ----------------------------------------------------------------- */

static bool is_registered(const struct atls_answer *a, pid_t pid)
{
	for (int i = 0; i < a->state.nprocesses && i < ATLS_STATE_PROCESSES; i++)
		if (a->state.processes[i] == pid)
			return true;
	return false;
}

/* Processes that are there for this session, or may be. */
static int list_servers(const struct wish *w, struct atls_presence *list)
{
	int n = atls_presence_all(list, PRESENT_MOST), kept = 0;

	for (int i = 0; i < n; i++)
		if (!list[i].home_known || !strcmp(list[i].home, w->place.home))
			list[kept++] = list[i];
	return kept;
}

static const char *describe(const struct atls_answer *a, const struct atls_presence *p)
{
	if (is_registered(a, p->pid))
		return "recorded";
	return p->provider ? "ready" : "no OpenSSL used yet";
}

static void print_text(const struct wish *w, const struct atls_answer *a, bool recording,
		       const struct atls_presence *list, int n)
{
	int64_t now = time(NULL);
	atls_text lost;

	if (!recording)
		printf("session %s: not being recorded\n", w->place.name);
	else
		printf("session %s: %s into %s for %" PRId64 " s, %.1f MB, %s lost%s\n",
		       w->place.name,
		       a->delayed ? "will be recorded"
		       : a->ring  ? "kept in a ring, recorded"
				  : "recorded",
		       a->dir, now - a->started_ns / 1000000000, a->bytes / 1e6,
		       atls_format_count(lost, a->state.loss.events),
		       a->disk_full ? ", the disk is full" : "");
	if (recording && a->ring)
		printf("  snapshots: %u\n", a->state.snapshots);
	for (int i = 0; i < n; i++)
		printf("  %d %s: %s\n", (int)list[i].pid, list[i].name, describe(a, &list[i]));
}

static void print_json(const struct wish *w, const struct atls_answer *a, bool recording,
		       const struct atls_presence *list, int n)
{
	struct atls_json j;

	atls_json_init(&j, stdout);
	atls_json_begin_object(&j);
	atls_json_pair_int(&j, "schema_version", 1);
	atls_json_pair_string(&j, "session", w->place.name);
	atls_json_pair_string(&j, "home", w->place.home);
	atls_json_pair_bool(&j, "recording", recording);
	if (recording) {
		atls_json_pair_string(&j, "directory", a->dir);
		atls_json_pair_int(&j, "started_ns", a->started_ns);
		atls_json_pair_int(&j, "recorder", a->recorder);
		atls_json_pair_int(&j, "bytes", a->bytes);
		atls_json_pair_int(&j, "lost", a->state.loss.events);
		atls_json_pair_int(&j, "snapshots", a->state.snapshots);
		atls_json_pair_bool(&j, "ring", a->ring);
		atls_json_pair_bool(&j, "disk_full", a->disk_full);
	}
	atls_json_key(&j, "processes");
	atls_json_begin_array(&j);
	for (int i = 0; i < n; i++) {
		atls_json_begin_object(&j);
		atls_json_pair_int(&j, "pid", list[i].pid);
		atls_json_pair_string(&j, "name", list[i].name);
		atls_json_pair_bool(&j, "openssl", list[i].provider);
		atls_json_pair_bool(&j, "recorded", is_registered(a, list[i].pid));
		atls_json_end_object(&j);
	}
	atls_json_end_array(&j);
	atls_json_end_object(&j);
	atls_json_finish(&j);
}

static int run_status(int argc, char **argv)
{
	static const char help[] =
		"usage: asynctls status [--session=NAME] [--json]\n"
		"\n"
		"Tell whether a session is being recorded, and which servers are there to be.\n";
	struct atls_presence *list = calloc(PRESENT_MOST, sizeof(*list));
	struct atls_answer *answer = calloc(1, sizeof(*answer));
	struct wish w = { 0 };
	int status = parse(argc, argv, &w, help, "j"), err = 0, n;

	if (status < 0 && list && answer) {
		err = ask(&w, ATLS_ORDER_STATUS, answer);
		n = list_servers(&w, list);
		(w.json ? print_json : print_text)(&w, answer, !err, list, n);
		status = err == -ENOENT ? 0 : err ? ATLS_EXIT_ENVIRONMENT : answer->status;
	}
	free(list);
	free(answer);
	return status < 0 ? ATLS_EXIT_ENVIRONMENT : status;
}

const struct atls_cmd atls_cmd_start = { "start", "record servers that run already", run_start };
const struct atls_cmd atls_cmd_stop = { "stop", "end what start has begun", run_stop };
const struct atls_cmd atls_cmd_snapshot = { "snapshot", "write out a ring of start --ring",
					    run_snapshot };
const struct atls_cmd atls_cmd_status = { "status", "tell what is recorded, and what could be",
					  run_status };
