/* SPDX-License-Identifier: Apache-2.0 */
/* One recording: what is done ahead of it, and in which order. */
#include "record/recorder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/exit.h"
#include "base/log.h"
#include "base/paths.h"
#include "record/primer.h"
#include "record/recorder-private.h"

#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127

/* Metadata are written every 100 ms. */
#define METADATA_MS 500

int64_t atls_recorder_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

void atls_recorder_nap(int ms)
{
	const struct timespec pause = { .tv_nsec = ms * 1000000L };

	nanosleep(&pause, NULL);
}

/* --- before --------------------------------------------------------------- */

static int find_shim(struct recorder *r)
{
	int err = atls_path_shim(r->shim, sizeof(r->shim));

	if (err)
		atls_error("%s: the shim is missing", r->shim);
	else if (strpbrk(r->shim, " :")) {
		atls_error("%s: a path with a space or a colon cannot be preloaded", r->shim);
		err = -EINVAL;
	}
	return err;
}

static int exit_status_of(int err)
{
	return err == -ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

/* All that can be known before anything is started or written. */
static int check(struct recorder *r)
{
	int err, status;

	if (r->has_command) {
		err = atls_target_init(&r->target, r->options->command[0]);
		if (err)
			return exit_status_of(err);
	} else {
		status = atls_recorder_find_servers(r);
		if (status)
			return status;
	}
	if (find_shim(r) || atls_sessiond_init(&r->daemon))
		return ATLS_EXIT_ENVIRONMENT;
	return 0;
}

/*
 * Signals wait until we ask for them, from before there is anything to clean up. SIGCHLD may have
 * been ignored by our parent, which would keep us from waiting.
 */
static int hold_signals(struct recorder *r)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGUSR1);
	r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (r->signals < 0) {
		atls_error("signalfd: %s", strerror(errno));
		return -errno;
	}
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, &r->inherited);
	signal(SIGCHLD, SIG_DFL);
	return 0;
}

bool atls_recorder_interrupted(struct recorder *r)
{
	struct signalfd_siginfo info;

	if (read(r->signals, &info, sizeof(info)) != sizeof(info) || info.ssi_signo == SIGUSR1)
		return false;
	r->meta.signals[r->meta.nsignals++] = info.ssi_signo;
	return true;
}

/* --- the session ---------------------------------------------------------- */

static void make_plan(struct recorder *r)
{
	const struct atls_record_options *o = r->options;
	struct atls_session_plan *p = &r->plan;

	snprintf(p->trace_dir, sizeof(p->trace_dir), "%s", r->output.ctf);
	snprintf(p->relay, sizeof(p->relay), "%s", o->relay);
	p->relay_port = o->relay_port;
	p->groups = o->groups;
	p->ring = o->ring;
	p->delayed = o->delay_ns != 0;
	p->buffer = o->buffer;
	p->rotate_size = o->rotate_size;
	p->rotate_us = o->rotate_ns / 1000;
	p->trigger_us = o->trigger_ns / 1000;
}

static void await_metadata(const struct recorder *r)
{
	char path[PATH_MAX + 64];
	struct stat st;

	if (r->plan.ring || r->plan.relay[0] || r->plan.delayed)
		return;
	snprintf(path, sizeof(path), "%s/ust/uid/%u/64-bit/metadata", r->output.ctf,
		 (unsigned int)geteuid());
	for (int waited = 0; waited < METADATA_MS; waited += 5) {
		if (!stat(path, &st) && st.st_size > 0)
			return;
		atls_recorder_nap(5);
	}
}

static void prime(struct recorder *r)
{
	struct atls_variable env[ATLS_SESSIOND_ENV];
	int n = atls_sessiond_environment(&r->daemon, &r->home, true, env);
	int err = atls_prime(r->shim, env, n);

	if (!err)
		await_metadata(r);
	else if (err == -EHOSTUNREACH && !r->plan.delayed)
		atls_warn(
			"a process of this user could not reach the session daemon: expect nothing to be recorded");
}

/* --- a command ------------------------------------------------------------ */

static int start_command(struct recorder *r)
{
	struct atls_variable env[ATLS_SHIM_ENV + 1 + ATLS_SESSIOND_ENV];
	int n = atls_shim_environment(r->options, env);

	env[n++] =
		(struct atls_variable){ "ASYNCTLS_SEEN", *r->home.census ? r->home.census : NULL };
	n += atls_sessiond_environment(&r->daemon, &r->home, true, env + n);
	return atls_child_start(&r->child, r->options->command, r->shim, env, n, &r->inherited);
}

static void warn_early(const struct recorder *r)
{
	const char *obstacle = atls_target_obstacle(&r->target);

	if (obstacle)
		atls_warn("%s %s; only other programs that it starts%s can be recorded",
			  r->options->command[0], obstacle,
			  r->target.linkage == ATLS_LINKED_NO_SSL ? ", or libraries that it loads,"
								  : "");
}

/* Returns 0, or an exit status with a message. */
static int begin_command(struct recorder *r)
{
	int err;

	prime(r);
	if (atls_recorder_interrupted(r))
		return 128 + r->meta.signals[0];
	warn_early(r);
	r->meta.start = atls_moment_now();
	err = start_command(r);
	if (!err)
		return 0;
	atls_error("%s: cannot be run: %s", r->options->command[0], strerror(-err));
	return exit_status_of(err);
}

/* --- the whole ------------------------------------------------------------ */

/* With the daemon serving and the output made. Returns an exit status. */
static int record_into_output(struct recorder *r, int teller)
{
	int status = ATLS_EXIT_ENVIRONMENT;

	make_plan(r);
	if (!r->has_command)
		atls_place_count(&r->place);
	if (!atls_meta_write(&r->meta, r->output.dir) &&
	    !atls_control_open(&r->control, &r->plan)) {
		if (atls_recorder_interrupted(r))
			status = 128 + r->meta.signals[0];
		else
			status = r->has_command ? begin_command(r) : atls_recorder_begin_servers(r);
	}
	if (status) {
		atls_output_discard(&r->output);
		return status;
	}
	r->begun = r->plan.delayed ? 0 : atls_recorder_now();
	if (r->options->background)
		atls_recorder_detach(r, teller);
	else if (!r->has_command)
		atls_info("recording %d process%s; Ctrl-C ends it", r->state.nprocesses,
			  r->state.nprocesses == 1 ? "" : "es");
	atls_recorder_watch(r);
	return r->status;
}

static int record_with_home(struct recorder *r, int teller)
{
	int status = ATLS_EXIT_ENVIRONMENT;

	if (atls_control_start(&r->control, &r->daemon, &r->home) == 0) {
		if (atls_control_await(&r->control) == 0 &&
		    atls_output_create(&r->output, r->options->dir, &r->home) == 0)
			status = record_into_output(r, teller);
		atls_control_finish(&r->control);
	}
	atls_home_announce(&r->home, false);
	atls_home_remove(&r->home);
	return status;
}

static int record_at_place(struct recorder *r)
{
	int teller = -1, status = ATLS_EXIT_ENVIRONMENT;

	if (atls_place_make(&r->place))
		return status;
	r->remote = atls_remote_listen(&r->place);
	if (r->remote < 0)
		return status;
	unlink(r->place.last); /* of a recording before this one, and nobody's concern now */
	if (r->options->background)
		teller = atls_recorder_go_to_background(r);
	if ((!r->options->background || teller >= 0) && !hold_signals(r) &&
	    !atls_home_open(&r->home, &r->place))
		status = record_with_home(r, teller);
	/* Before the socket goes, so that who finds no recorder finds its words. */
	if (r->detached && strcmp(r->meta.ended_by, "stop"))
		atls_remote_leave_words(&r->place, status, r->log, r->log_shown);
	unlink(r->place.socket);
	if (teller >= 0 && !r->detached)
		atls_recorder_tell_caller(r, teller, status);
	return status;
}

static void init(struct recorder *r, const struct atls_record_options *options)
{
	r->options = options;
	r->has_command = options->command[0] != NULL;
	r->signals = r->daemon.log = r->child.fd = r->pid_fd = r->remote = r->log = -1;
	r->home.census_fd = -1;
	r->on_terminal = isatty(STDERR_FILENO) && !options->background;
	r->meta = (struct atls_meta){
		.command = options->command,
		.mode = options->shim.mode,
		.engine = options->shim.engine,
		.options = options,
		.lttng = r->daemon.version,
		.seen = &r->seen,
		.state = &r->state,
		.census = &r->census,
		.start = atls_moment_now(),
		/* What stays there if we are killed. */
		.incomplete = "the recorder did not end this recording, so it may lack its end",
	};
}

static void finish(struct recorder *r)
{
	const int fds[] = { r->signals, r->pid_fd, r->remote, r->log, r->home.census_fd };

	atls_child_finish(&r->child);
	atls_seen_finish(&r->seen);
	atls_census_finish(&r->census);
	atls_sessiond_finish(&r->daemon);
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(r);
}

int atls_record(const struct atls_record_options *options)
{
	struct recorder *r = calloc(1, sizeof(*r));
	int status;

	if (!r)
		return ATLS_EXIT_ENVIRONMENT;
	init(r, options);
	status = check(r);
	if (!status && options->dry_run) {
		atls_recorder_print_plan(r);
	} else if (!status && !r->has_command) {
		status = record_at_place(r);
	} else if (!status) {
		status = ATLS_EXIT_ENVIRONMENT;
		if (hold_signals(r) == 0 && atls_home_create(&r->home) == 0)
			status = record_with_home(r, -1);
	}
	finish(r);
	return status;
}
