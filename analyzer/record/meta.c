/* SPDX-License-Identifier: Apache-2.0 */
/* meta.json: what was recorded, how, when, and how well. */
#include "record/meta.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "json.h"
#include "log.h"

static int64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

struct atls_moment atls_moment_now(void)
{
	int64_t before = clock_ns(CLOCK_MONOTONIC);
	int64_t realtime = clock_ns(CLOCK_REALTIME);
	int64_t after = clock_ns(CLOCK_MONOTONIC);

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

static void write_processes(struct atls_json *j, const struct atls_seen *seen)
{
	atls_json_key(j, "processes");
	atls_json_begin_array(j);
	for (size_t i = 0; i < seen->nprocesses; i++) {
		const struct atls_seen_process *p = &seen->processes[i];

		atls_json_begin_object(j);
		atls_json_pair_int(j, "pid", p->pid);
		atls_json_pair_string(j, "name", *p->name ? p->name : NULL);
		write_openssl(j, p->openssl);
		atls_json_pair_int(j, "events", p->events);
		atls_json_end_object(j);
	}
	atls_json_end_array(j);
}

static void write_result(struct atls_json *j, const struct atls_meta *m)
{
	write_moment(j, "stop", &m->stop);
	atls_json_pair_int(j, "exit_status", m->exit_status);
	atls_json_key(j, "signals");
	atls_json_begin_array(j);
	for (int i = 0; i < m->nsignals; i++)
		atls_json_string(j, sigabbrev_np(m->signals[i]));
	atls_json_end_array(j);
	atls_json_pair_int(j, "events", m->seen->events);
	atls_json_pair_bool(j, "events_exact", m->seen->complete);
	atls_json_pair_int(j, "lost", m->loss.events);
	atls_json_pair_int(j, "lost_packets", m->loss.packets);
	atls_json_pair_bool(j, "disk_full", m->disk_full);
	atls_json_pair_bool(j, "damaged", m->damaged);
	write_processes(j, m->seen);
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
	write_moment(&j, "start", &m->start);
	if (m->complete)
		write_result(&j, m);
	atls_json_end_object(&j);
	atls_json_finish(&j);
}

int atls_meta_write(const struct atls_meta *m, const char *dir)
{
	char path[PATH_MAX], temporary[PATH_MAX];
	FILE *out;
	bool failed;

	if ((size_t)snprintf(path, sizeof(path), "%s/meta.json", dir) >= sizeof(path) ||
	    (size_t)snprintf(temporary, sizeof(temporary), "%s/meta.json.new", dir) >=
		    sizeof(temporary))
		return -ENAMETOOLONG;
	out = fopen(temporary, "wxe");
	if (out) {
		fchmod(fileno(out), 0600);
		write_document(out, m);
		failed = ferror(out);
		failed |= fclose(out) != 0;
		if (!failed && !rename(temporary, path))
			return 0;
	}
	atls_error("%s: %s", path, strerror(errno));
	unlink(temporary);
	return -EIO;
}
