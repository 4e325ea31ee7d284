/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of 'asynctls stop', 'snapshot' and 'status' to the recorder of a named session. */
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
#include "record/recorder-socket.h"
#include "record/shim-process.h"

#define PROCESSES_MOST 256

static int ask(const struct atls_session_paths *paths, enum atls_request_kind kind,
	       const char *name, struct atls_reply *reply)
{
	struct atls_request request = { .kind = kind };

	snprintf(request.name, sizeof(request.name), "%s", name ? name : "asked");
	return atls_recorder_socket_ask(paths, &request, reply);
}

static int not_recorded(const struct atls_session_paths *paths)
{
	atls_error("session '%s' is not being recorded", paths->name);
	return ATLS_EXIT_ENVIRONMENT;
}

/* --- stop, snapshot --------------------------------------------------------- */

static int stop(const struct atls_session_paths *paths, struct atls_reply *reply)
{
	int err = ask(paths, ATLS_REQUEST_STOP, NULL, reply), status;

	if (!err)
		return reply->status;
	status = err == -ENOENT ? atls_recorder_socket_print_saved_log(paths) : -EIO;
	if (status == -ENOENT)
		return not_recorded(paths);
	return status < 0 ? ATLS_EXIT_ENVIRONMENT : status;
}

int atls_client_stop(const struct atls_session_paths *paths)
{
	struct atls_reply *reply = calloc(1, sizeof(*reply));
	int status = reply ? stop(paths, reply) : ATLS_EXIT_ENVIRONMENT;

	free(reply);
	return status;
}

static int snapshot(const struct atls_session_paths *paths, const char *name,
		    struct atls_reply *reply)
{
	int err = ask(paths, ATLS_REQUEST_SNAPSHOT, name, reply);

	if (err == -ENOENT)
		return not_recorded(paths);
	if (err)
		return ATLS_EXIT_ENVIRONMENT;
	if (reply->status == 0 && *reply->dir)
		atls_info("snapshot %u is in %s", reply->state.snapshots, reply->dir);
	else if (reply->status > 0 && *reply->dir && !reply->ring)
		atls_error("session '%s' is recorded without --ring", paths->name);
	return reply->status;
}

int atls_client_snapshot(const struct atls_session_paths *paths, const char *name)
{
	struct atls_reply *reply = calloc(1, sizeof(*reply));
	int status = reply ? snapshot(paths, name, reply) : ATLS_EXIT_ENVIRONMENT;

	free(reply);
	return status;
}

/* --- status ----------------------------------------------------------------- */

static bool is_registered(const struct atls_reply *a, pid_t pid)
{
	for (int i = 0; i < a->state.nprocesses && i < ATLS_STATE_PROCESSES; i++)
		if (a->state.processes[i] == pid)
			return true;
	return false;
}

/* Processes of this session, or of a session that is not known. */
static int list_servers(const struct atls_session_paths *paths, struct atls_shim_process *list)
{
	int n = atls_shim_process_list(list, PROCESSES_MOST), kept = 0;

	for (int i = 0; i < n; i++)
		if (!list[i].home_known || !strcmp(list[i].home, paths->home))
			list[kept++] = list[i];
	return kept;
}

static const char *describe(const struct atls_reply *a, const struct atls_shim_process *p)
{
	if (is_registered(a, p->pid))
		return "recorded";
	return p->provider ? "ready" : "no OpenSSL used yet";
}

static void print_text(const struct atls_session_paths *paths, const struct atls_reply *a,
		       bool recording, const struct atls_shim_process *list, int n)
{
	int64_t now = time(NULL);
	atls_text lost;

	if (!recording)
		printf("session %s: not being recorded\n", paths->name);
	else
		printf("session %s: %s into %s for %" PRId64 " s, %.1f MB, %s lost%s\n",
		       paths->name,
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

static void print_json(const struct atls_session_paths *paths, const struct atls_reply *a,
		       bool recording, const struct atls_shim_process *list, int n)
{
	struct atls_json j;

	atls_json_init(&j, stdout);
	atls_json_begin_object(&j);
	atls_json_pair_int(&j, "schema_version", 1);
	atls_json_pair_string(&j, "session", paths->name);
	atls_json_pair_string(&j, "home", paths->home);
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

static int status(const struct atls_session_paths *paths, bool json, struct atls_reply *reply,
		  struct atls_shim_process *list)
{
	int err = ask(paths, ATLS_REQUEST_STATUS, NULL, reply);
	int n = list_servers(paths, list);

	(json ? print_json : print_text)(paths, reply, !err, list, n);
	if (err == -ENOENT)
		return ATLS_EXIT_OK;
	return err ? ATLS_EXIT_ENVIRONMENT : reply->status;
}

int atls_client_status(const struct atls_session_paths *paths, bool json)
{
	struct atls_shim_process *list = calloc(PROCESSES_MOST, sizeof(*list));
	struct atls_reply *reply = calloc(1, sizeof(*reply));
	int ret = list && reply ? status(paths, json, reply, list) : ATLS_EXIT_ENVIRONMENT;

	free(list);
	free(reply);
	return ret;
}
