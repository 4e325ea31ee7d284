/* SPDX-License-Identifier: Apache-2.0 */
/* One recording, from the checks before it to the summary after it. */
#include "record/recorder.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cmd.h"
#include "log.h"
#include "paths.h"
#include "record/child.h"
#include "record/control.h"
#include "record/meta.h"
#include "record/output.h"
#include "record/rescue.h"
#include "record/target.h"

#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127

#define WATCH_MS 1000

struct recorder {
	const struct atls_record_options *options;
	char shim[PATH_MAX];
	struct atls_target target;
	struct atls_sessiond daemon;
	struct atls_home home;
	struct atls_control control;
	struct atls_output output;
	struct atls_child child;
	struct atls_seen seen;
	struct atls_meta meta;
	sigset_t inherited; /* the signal mask that the command gets back */
	int signals;        /* signalfd */
};

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
	int err = atls_target_init(&r->target, r->options->command[0]);

	if (err)
		return exit_status_of(err);
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

/* A signal that came before the command runs: then it had better not be started. */
static bool interrupted(struct recorder *r)
{
	struct signalfd_siginfo info;

	if (read(r->signals, &info, sizeof(info)) != sizeof(info))
		return false;
	r->meta.signals[r->meta.nsignals++] = info.ssi_signo;
	return true;
}

/* --- while the command runs ----------------------------------------------- */

static int start_command(struct recorder *r)
{
	const struct atls_record_options *o = r->options;
	struct atls_variable env[2 + ATLS_SESSIOND_ENV] = {
		{ "ASYNCTLS_MODE", o->mode },
		{ "ASYNCTLS_ENGINE", o->engine },
	};
	int n = 2 + atls_sessiond_environment(&r->daemon, &r->home, true, env + 2);

	return atls_child_start(&r->child, o->command, r->shim, env, n, &r->inherited);
}

/*
 * The first signal is passed on, unless it came from the terminal, which sends it to the command
 * as well; recording ends when the command has. A second one, or one that comes when only
 * background processes are left, ends the recording at once. Returns whether it ends.
 */
static bool take_signal(struct recorder *r)
{
	struct signalfd_siginfo info;

	if (read(r->signals, &info, sizeof(info)) != sizeof(info))
		return false;
	if (r->meta.nsignals < ATLS_META_SIGNALS)
		r->meta.signals[r->meta.nsignals++] = info.ssi_signo;
	if (r->child.ended || r->meta.nsignals > 1)
		return true;
	if (info.ssi_code != SI_KERNEL)
		kill(r->child.pid, info.ssi_signo);
	return false;
}

static void watch_daemon(struct recorder *r)
{
	bool before = r->daemon.disk_full;

	atls_sessiond_watch(&r->daemon, false);
	if (r->daemon.disk_full && !before)
		atls_warn("%s: no space left: events are being lost from now on", r->output.dir);
}

static void follow_command(struct recorder *r)
{
	struct pollfd fds[] = {
		{ .fd = r->child.fd, .events = POLLIN },
		{ .fd = r->signals, .events = POLLIN },
		{ .fd = r->control.fd, .events = POLLIN },
	};

	while (!r->child.all_ended) {
		if (poll(fds, 3, WATCH_MS) < 0)
			continue;
		if (fds[2].revents) /* its own message has been printed; stopping will tell more */
			fds[2].fd = -1;
		if (fds[1].revents && take_signal(r))
			break;
		if (fds[0].revents)
			atls_child_update(&r->child);
		watch_daemon(r);
	}
	if (!r->child.all_ended)
		atls_warn("the recording ends; what was recorded still runs");
}

/* --- after ---------------------------------------------------------------- */

static int recorder_exit_status(const struct recorder *r)
{
	if (!r->child.ended)
		return 128 + r->meta.signals[r->meta.nsignals - 1];
	return atls_child_exit_status(&r->child);
}

static void repair(struct recorder *r)
{
	int64_t cut = atls_rescue(r->output.ctf);

	if (cut > 0)
		atls_warn("%s: %" PRId64 " bytes of incomplete packets were cut off", r->output.ctf,
			  cut);
	else if (cut < 0)
		atls_warn("%s: cannot be repaired: %s", r->output.ctf, strerror(-cut));
}

static void stop(struct recorder *r)
{
	int err;

	r->meta.stop = atls_moment_now();
	err = atls_control_stop(&r->control, &r->meta.loss);
	atls_control_finish(&r->control);
	atls_home_remove(&r->home);
	atls_sessiond_watch(&r->daemon, true);
	r->meta.disk_full = r->daemon.disk_full;
	r->meta.damaged = err != 0 || r->daemon.disk_full;
	atls_output_finish(&r->output);
	if (r->meta.damaged)
		repair(r);
}

/* The trace counts what it lost as well, stretch by stretch; it may not know of lost ends. */
static void check_loss(struct recorder *r)
{
	struct atls_loss *loss = &r->meta.loss;

	if (r->seen.lost > loss->events)
		loss->events = r->seen.lost;
	if (r->meta.disk_full)
		atls_warn("the disk was full: what came after that moment is missing, uncounted");
	if (loss->packets)
		atls_warn("%" PRIu64 " whole packets of events were lost", loss->packets);
}

static void explain_nothing(const struct recorder *r, int verified)
{
	const char *name = r->options->command[0];
	const char *obstacle = atls_target_obstacle(&r->target);

	if (r->meta.damaged)
		atls_warn("nothing of it can be read back, as recording was cut short");
	else if (verified == 0)
		atls_warn(
			"nothing was recorded: %s uses libssl and was traced, but made no TLS call",
			name);
	else if (obstacle)
		atls_warn("nothing was recorded: %s %s", name, obstacle);
	else if (r->target.linkage == ATLS_LINKED_SSL)
		atls_warn(
			"nothing was recorded: %s is linked to libssl, but no process used it, or none "
			"reached the session daemon",
			name);
	else
		atls_warn("nothing was recorded: no process that %s started used libssl", name);
}

static void summarize(const struct recorder *r)
{
	const struct atls_meta *m = &r->meta;
	double seconds = (m->stop.monotonic - m->start.monotonic) / 1e9;

	atls_info("recorded %s%" PRIu64 " event%s (%" PRIu64
		  " lost) of %zu process%s into %s in %.*f s",
		  r->seen.complete ? "" : "at least ", r->seen.events,
		  r->seen.events == 1 ? "" : "s", m->loss.events, r->seen.nprocesses,
		  r->seen.nprocesses == 1 ? "" : "es", r->options->dir, seconds < 10 ? 2 : 0,
		  seconds);
}

static int finish(struct recorder *r)
{
	int verified;

	stop(r);
	verified = atls_verify(r->output.ctf, &r->seen);
	if (verified && verified != -ENOENT)
		r->meta.damaged = true;
	check_loss(r);
	r->meta.exit_status = recorder_exit_status(r);
	r->meta.complete = true;
	atls_meta_write(&r->meta, r->output.dir);
	summarize(r);
	if (!r->seen.events)
		explain_nothing(r, verified);
	return r->meta.exit_status;
}

/* --- the whole ------------------------------------------------------------ */

static void warn_early(const struct recorder *r)
{
	const char *obstacle = atls_target_obstacle(&r->target);

	if (obstacle)
		atls_warn("%s %s; only other programs that it starts%s can be recorded",
			  r->options->command[0], obstacle,
			  r->target.linkage == ATLS_LINKED_NO_SSL ? ", or libraries that it loads,"
								  : "");
}

/* With the daemon serving and the output made. Returns an exit status. */
static int record_into_output(struct recorder *r)
{
	int err = atls_meta_write(&r->meta, r->output.dir);

	if (err || atls_control_open(&r->control, r->output.ctf)) {
		atls_output_discard(&r->output);
		return ATLS_EXIT_ENVIRONMENT;
	}
	if (interrupted(r)) {
		atls_output_discard(&r->output);
		return 128 + r->meta.signals[0];
	}
	warn_early(r);
	r->meta.start = atls_moment_now();
	err = start_command(r);
	if (err) {
		atls_error("%s: cannot be run: %s", r->options->command[0], strerror(-err));
		atls_output_discard(&r->output);
		return exit_status_of(err);
	}
	follow_command(r);
	return finish(r);
}

static int record_with_home(struct recorder *r)
{
	int status = ATLS_EXIT_ENVIRONMENT;

	if (atls_control_start(&r->control, &r->daemon, &r->home) == 0) {
		if (atls_control_await(&r->control) == 0 &&
		    atls_output_create(&r->output, r->options->dir, &r->home) == 0)
			status = record_into_output(r);
		atls_control_finish(&r->control);
	}
	atls_home_remove(&r->home);
	return status;
}

int atls_record(const struct atls_record_options *options, bool *recorded)
{
	struct recorder *r = calloc(1, sizeof(*r));
	int status = ATLS_EXIT_ENVIRONMENT;

	*recorded = false;
	if (!r)
		return status;
	r->options = options;
	r->signals = r->daemon.log = r->child.fd = -1;
	r->meta = (struct atls_meta){
		.command = options->command,
		.mode = options->mode,
		.engine = options->engine,
		.lttng = r->daemon.version,
		.seen = &r->seen,
		.start = atls_moment_now(),
	};
	status = check(r);
	if (!status) {
		status = ATLS_EXIT_ENVIRONMENT;
		if (hold_signals(r) == 0 && atls_home_create(&r->home) == 0)
			status = record_with_home(r);
	}
	*recorded = r->meta.complete && r->seen.events > 0;
	atls_child_finish(&r->child);
	atls_seen_finish(&r->seen);
	atls_sessiond_finish(&r->daemon);
	if (r->signals >= 0)
		close(r->signals);
	free(r);
	return status;
}
