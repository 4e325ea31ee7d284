/* SPDX-License-Identifier: Apache-2.0 */
/* What 'asynctls stop', 'snapshot' and 'status' ask the recorder of a place. */
#include "record/client.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/exit.h"
#include "base/format.h"
#include "base/json.h"
#include "base/log.h"
#include "record/presence.h"
#include "record/remote.h"

#define PRESENT_MOST 256

static int ask(const struct atls_place *place, enum atls_order order, const char *name,
	       struct atls_answer *answer)
{
	struct atls_order_message message = { .order = order };

	snprintf(message.name, sizeof(message.name), "%s", name ? name : "asked");
	return atls_remote_ask(place, &message, answer);
}

static int not_recorded(const struct atls_place *place)
{
	atls_error("session '%s' is not being recorded", place->name);
	return ATLS_EXIT_ENVIRONMENT;
}

/* --- stop, snapshot --------------------------------------------------------- */

static int stop(const struct atls_place *place, struct atls_answer *answer)
{
	int err = ask(place, ATLS_ORDER_STOP, NULL, answer), status;

	if (!err)
		return answer->status;
	status = err == -ENOENT ? atls_remote_last_words(place) : -EIO;
	if (status == -ENOENT)
		return not_recorded(place);
	return status < 0 ? ATLS_EXIT_ENVIRONMENT : status;
}

int atls_client_stop(const struct atls_place *place)
{
	struct atls_answer *answer = calloc(1, sizeof(*answer));
	int status = answer ? stop(place, answer) : ATLS_EXIT_ENVIRONMENT;

	free(answer);
	return status;
}

static int snapshot(const struct atls_place *place, const char *name, struct atls_answer *answer)
{
	int err = ask(place, ATLS_ORDER_SNAPSHOT, name, answer);

	if (err == -ENOENT)
		return not_recorded(place);
	if (err)
		return ATLS_EXIT_ENVIRONMENT;
	if (answer->status == 0 && *answer->dir)
		atls_info("snapshot %u is in %s", answer->state.snapshots, answer->dir);
	else if (answer->status > 0 && *answer->dir && !answer->ring)
		atls_error("session '%s' is recorded without --ring", place->name);
	return answer->status;
}

int atls_client_snapshot(const struct atls_place *place, const char *name)
{
	struct atls_answer *answer = calloc(1, sizeof(*answer));
	int status = answer ? snapshot(place, name, answer) : ATLS_EXIT_ENVIRONMENT;

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
static int list_servers(const struct atls_place *place, struct atls_presence *list)
{
	int n = atls_presence_all(list, PRESENT_MOST), kept = 0;

	for (int i = 0; i < n; i++)
		if (!list[i].home_known || !strcmp(list[i].home, place->home))
			list[kept++] = list[i];
	return kept;
}

static const char *describe(const struct atls_answer *a, const struct atls_presence *p)
{
	if (is_registered(a, p->pid))
		return "recorded";
	return p->provider ? "ready" : "no OpenSSL used yet";
}

static void print_text(const struct atls_place *place, const struct atls_answer *a, bool recording,
		       const struct atls_presence *list, int n)
{
	int64_t now = time(NULL);
	atls_text lost;

	if (!recording)
		printf("session %s: not being recorded\n", place->name);
	else
		printf("session %s: %s into %s for %" PRId64 " s, %.1f MB, %s lost%s\n",
		       place->name,
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

static void print_json(const struct atls_place *place, const struct atls_answer *a, bool recording,
		       const struct atls_presence *list, int n)
{
	struct atls_json j;

	atls_json_init(&j, stdout);
	atls_json_begin_object(&j);
	atls_json_pair_int(&j, "schema_version", 1);
	atls_json_pair_string(&j, "session", place->name);
	atls_json_pair_string(&j, "home", place->home);
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

static int status(const struct atls_place *place, bool json, struct atls_answer *answer,
		  struct atls_presence *list)
{
	int err = ask(place, ATLS_ORDER_STATUS, NULL, answer);
	int n = list_servers(place, list);

	(json ? print_json : print_text)(place, answer, !err, list, n);
	if (err == -ENOENT)
		return ATLS_EXIT_OK;
	return err ? ATLS_EXIT_ENVIRONMENT : answer->status;
}

int atls_client_status(const struct atls_place *place, bool json)
{
	struct atls_presence *list = calloc(PRESENT_MOST, sizeof(*list));
	struct atls_answer *answer = calloc(1, sizeof(*answer));
	int ret = list && answer ? status(place, json, answer, list) : ATLS_EXIT_ENVIRONMENT;

	free(list);
	free(answer);
	return ret;
}
