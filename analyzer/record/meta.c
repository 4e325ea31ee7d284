/* SPDX-License-Identifier: Apache-2.0 */
/* meta.json: what was recorded, how, when, and how well. */
#include "record/meta.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "events/groups.h"

#define ROOM (128 << 10)

struct atls_moment atls_moment_now(void)
{
	int64_t before = atls_clock_ns(CLOCK_MONOTONIC);
	int64_t realtime = atls_clock_ns(CLOCK_REALTIME);
	int64_t after = atls_clock_ns(CLOCK_MONOTONIC);

	return (struct atls_moment){ .monotonic = before + (after - before) / 2,
				     .realtime = realtime };
}

static void write_moment(struct atls_json *j, const char *name, const struct atls_moment *m)
{
	atls_json_key(j, name);
	atls_json_begin_object(j);
	atls_json_pair_int(j, "monotonic_ns", m->monotonic);
	atls_json_pair_int(j, "realtime_ns", m->realtime);
	atls_json_pair_int(j, "offset_ns", m->realtime - m->monotonic);
	atls_json_end_object(j);
}

static void write_host(struct atls_json *j)
{
	struct utsname u = { 0 };

	uname(&u);
	atls_json_pair_string(j, "host", u.nodename);
	atls_json_pair_string(j, "kernel", u.release);
	atls_json_pair_string(j, "machine", u.machine);
	atls_json_pair_int(j, "processors", sysconf(_SC_NPROCESSORS_ONLN));
	atls_json_pair_int(j, "uid", getuid());
}

static void write_command(struct atls_json *j, const struct atls_meta *m)
{
	char cwd[PATH_MAX];

	atls_json_key(j, "command");
	atls_json_begin_array(j);
	for (char *const *arg = m->command; *arg; arg++)
		atls_json_string(j, *arg);
	atls_json_end_array(j);
	atls_json_pair_string(j, "directory", getcwd(cwd, sizeof(cwd)));
	atls_json_pair_string(j, "mode", m->mode);
	atls_json_pair_string(j, "engine", m->engine);
}

/* OpenSSL 3 counts 0xMNN00PP0L; older ones keep a letter in the last byte but one: shown as .N */
static void write_openssl(struct atls_json *j, uint32_t number)
{
	char text[32];

	if (number >> 28 >= 3)
		snprintf(text, sizeof(text), "%u.%u.%u", number >> 28, number >> 20 & 0xff,
			 number >> 4 & 0xff);
	else
		snprintf(text, sizeof(text), "%u.%u.%u%.*s", number >> 28, number >> 20 & 0xff,
			 number >> 12 & 0xff, (number >> 4 & 0xff) ? 1 : 0,
			 (char[]){ '`' + (number >> 4 & 0xff), '\0' });
	atls_json_pair_string(j, "openssl", number ? text : NULL);
}

static void write_process(struct atls_json *j, const struct atls_traced_process *p,
			  const struct atls_logged_process *c)
{
	const char *name = p && *p->name ? p->name : c && *c->name ? c->name : NULL;

	atls_json_begin_object(j);
	atls_json_pair_int(j, "pid", p ? p->pid : c->pid);
	atls_json_pair_string(j, "name", name);
	write_openssl(j, p ? p->openssl : 0);
	/* Whether it was known to the session daemon; null if it did not use OpenSSL. */
	atls_json_key(j, "registered");
	if (!p && !c->tls)
		atls_json_null(j);
	else
		atls_json_bool(j, (p && p->events) || (c && c->reached));
	atls_json_pair_int(j, "events", p ? p->events : 0);
	atls_json_end_object(j);
}

static bool has_events(const struct atls_trace_summary *trace, pid_t pid)
{
	for (size_t i = 0; i < trace->nprocesses; i++)
		if (trace->processes[i].pid == pid)
			return true;
	return false;
}

/* Those with events, then those that had the shim and none. */
static void write_processes(struct atls_json *j, const struct atls_meta *m)
{
	atls_json_key(j, "processes");
	atls_json_begin_array(j);
	for (size_t i = 0; i < m->trace->nprocesses; i++) {
		const struct atls_traced_process *p = &m->trace->processes[i];

		write_process(j, p, atls_process_log_find(m->process_log, p->pid));
	}
	for (size_t i = 0; i < m->process_log->n; i++)
		if (!has_events(m->trace, m->process_log->processes[i].pid))
			write_process(j, NULL, &m->process_log->processes[i]);
	atls_json_end_array(j);
}

static void write_loss(struct atls_json *j, const struct atls_meta *m)
{
	atls_json_pair_int(j, "lost", m->state->loss.events);
	atls_json_pair_int(j, "lost_packets", m->state->loss.packets);
	atls_json_pair_bool(j, "intact", m->intact);
	atls_json_pair_bool(j, "disk_full", m->disk_full);
	atls_json_pair_bool(j, "disk_low", m->disk_low);
	atls_json_pair_bool(j, "damaged", m->damaged);
	atls_json_pair_int(j, "cut_bytes", m->cut_bytes);
	atls_json_pair_int(j, "unreached", m->process_log->unreached);
	atls_json_pair_int(j, "dropped_chunks", m->dropped_chunks);
}

static void write_result(struct atls_json *j, const struct atls_meta *m)
{
	write_moment(j, "stop", &m->stop);
	atls_json_pair_string(j, "ended_by", m->ended_by);
	atls_json_key(j, "exit_status");
	if (m->exit_known)
		atls_json_int(j, m->exit_status);
	else
		atls_json_null(j);
	atls_json_key(j, "signals");
	atls_json_begin_array(j);
	for (int i = 0; i < m->nsignals; i++)
		atls_json_string(j, sigabbrev_np(m->signals[i]));
	atls_json_end_array(j);
	atls_json_pair_int(j, "events", m->trace->events);
	atls_json_pair_bool(j, "events_exact", m->trace->complete);
	atls_json_pair_int(j, "triggered", m->state->triggered);
	atls_json_pair_int(j, "snapshots", m->state->snapshots);
	write_loss(j, m);
	write_processes(j, m);
}

static void write_options(struct atls_json *j, const struct atls_record_options *o)
{
	char groups[64];

	atls_json_key(j, "options");
	atls_json_begin_object(j);
	atls_json_pair_string(j, "groups", atls_groups_format(o->groups, groups, sizeof(groups)));
	atls_json_pair_bool(j, "addresses", o->groups & ATLS_GROUP_ADDRESS);
	atls_json_pair_string(j, "bridge", o->shim.bridge);
	atls_json_pair_string(j, "bridge_only", o->shim.bridge_only);
	atls_json_pair_int(j, "pid", o->pid);
	atls_json_pair_int(j, "delay_ns", o->delay_ns);
	atls_json_pair_int(j, "duration_ns", o->duration_ns);
	atls_json_pair_int(j, "max_size", o->max_size);
	atls_json_pair_int(j, "rotate_size", o->rotate_size);
	atls_json_pair_int(j, "rotate_ns", o->rotate_ns);
	atls_json_pair_bool(j, "ring", o->ring);
	atls_json_pair_int(j, "buffer", o->buffer);
	atls_json_pair_int(j, "trigger_ns", o->trigger_ns);
	atls_json_pair_string(j, "relay", *o->relay ? o->relay : NULL);
	atls_json_end_object(j);
}

static void write_document(FILE *out, const struct atls_meta *m)
{
	struct atls_json j;

	atls_json_init(&j, out);
	atls_json_begin_object(&j);
	atls_json_pair_int(&j, "schema_version", ATLS_META_SCHEMA);
	atls_json_pair_bool(&j, "complete", m->complete);
	atls_json_pair_string(&j, "asynctls", ATLS_VERSION);
	atls_json_pair_string(&j, "lttng", m->lttng);
	write_host(&j);
	write_command(&j, m);
	write_options(&j, m->options);
	write_moment(&j, "start", &m->start);
	atls_json_pair_string(&j, "incomplete", m->incomplete);
	if (m->complete)
		write_result(&j, m);
	atls_json_end_object(&j);
	atls_json_finish(&j);
}

/*
 * Room for the document that is written at the end, when the disk may be full. Where the file
 * system cannot do that, there is none.
 */
static void keep_room(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return;
	if (fallocate(fd, 0, 0, ROOM))
		unlink(path);
	close(fd);
}

/* Into the room that was kept, if there is some. */
static int write_file(const struct atls_meta *m, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	bool failed = true;

	if (out) {
		fchmod(fd, 0600);
		write_document(out, m);
		failed = fflush(out) != 0 || ftruncate(fd, ftello(out)) != 0;
		failed |= fclose(out) != 0;
	} else if (fd >= 0) {
		close(fd);
	}
	return failed ? -EIO : 0;
}

int atls_meta_write(const struct atls_meta *m, const char *dir)
{
	char path[PATH_MAX], temporary[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%s/meta.json", dir) >= sizeof(path) ||
	    (size_t)snprintf(temporary, sizeof(temporary), "%s/meta.json.new", dir) >=
		    sizeof(temporary))
		return -ENAMETOOLONG;
	if (!write_file(m, temporary) && !rename(temporary, path)) {
		if (!m->complete)
			keep_room(temporary);
		return 0;
	}
	atls_error("%s: %s", path, strerror(errno));
	unlink(temporary);
	return -EIO;
}
