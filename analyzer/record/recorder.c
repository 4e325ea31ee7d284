/* SPDX-License-Identifier: Apache-2.0 */
/* One recording, from the checks before it to the cleaning up after it. */
#include "record/recorder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/exit.h"
#include "base/log.h"
#include "base/paths.h"
#include "record/background.h"
#include "record/command.h"
#include "record/dry-run.h"
#include "record/recorder-state.h"
#include "record/servers.h"
#include "record/signals.h"
#include "record/watch.h"

static int check_shim(struct recorder *r)
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

/* Before anything is started or written. Returns 0, or an exit status with a message. */
static int check(struct recorder *r)
{
	int err, status;

	if (r->has_command) {
		err = atls_target_init(&r->target, r->options->command[0]);
		if (err)
			return atls_command_exit_status(err);
	} else {
		status = atls_servers_find(r);
		if (status)
			return status;
	}
	if (check_shim(r) || atls_sessiond_init(&r->daemon))
		return ATLS_EXIT_ENVIRONMENT;
	return 0;
}

static void make_plan(struct recorder *r)
{
	const struct atls_record_options *o = r->options;
	struct atls_lttng_plan *p = &r->plan;

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

/* The daemon serves and the output is made. Returns an exit status. */
static int record_into_output(struct recorder *r, int parent_fd)
{
	int status = ATLS_EXIT_ENVIRONMENT;

	make_plan(r);
	if (!r->has_command)
		atls_session_paths_raise_epoch(&r->paths);
	if (!atls_meta_write(&r->meta, r->output.dir) &&
	    !atls_control_open(&r->control, &r->plan)) {
		if (atls_signals_interrupted(r))
			status = 128 + r->meta.signals[0];
		else
			status = r->has_command ? atls_command_begin(r) : atls_servers_await(r);
	}
	if (status) {
		atls_output_discard(&r->output);
		return status;
	}
	r->begun = r->plan.delayed ? 0 : atls_clock_now();
	if (r->options->background)
		atls_background_detach(r, parent_fd);
	else if (!r->has_command)
		atls_info("recording %d process%s; Ctrl-C ends it", r->state.nprocesses,
			  r->state.nprocesses == 1 ? "" : "es");
	atls_watch(r);
	return r->status;
}

static int record_with_home(struct recorder *r, int parent_fd)
{
	int status = ATLS_EXIT_ENVIRONMENT;

	if (atls_control_start(&r->control, &r->daemon, &r->home) == 0) {
		if (atls_control_await(&r->control) == 0 &&
		    atls_output_create(&r->output, r->options->dir, &r->home) == 0)
			status = record_into_output(r, parent_fd);
		atls_control_finish(&r->control);
	}
	atls_lttng_home_announce(&r->home, false);
	atls_lttng_home_remove(&r->home);
	return status;
}

static int record_named_session(struct recorder *r)
{
	int parent_fd = -1, status = ATLS_EXIT_ENVIRONMENT;

	if (atls_session_paths_create(&r->paths))
		return status;
	r->socket = atls_recorder_socket_listen(&r->paths);
	if (r->socket < 0)
		return status;
	unlink(r->paths.saved_log); /* of the recording before this one */
	if (r->options->background)
		parent_fd = atls_background_enter(r);
	if ((!r->options->background || parent_fd >= 0) && !atls_signals_hold(r) &&
	    !atls_lttng_home_open(&r->home, &r->paths))
		status = record_with_home(r, parent_fd);
	/* The log is there before the socket goes: 'asynctls stop' finds one or the other. */
	if (r->detached && strcmp(r->meta.ended_by, "stop"))
		atls_recorder_socket_save_log(&r->paths, status, r->log, r->log_shown);
	unlink(r->paths.socket);
	if (parent_fd >= 0 && !r->detached)
		atls_background_report(r, parent_fd, status);
	return status;
}

static void init(struct recorder *r, const struct atls_record_options *options)
{
	r->options = options;
	r->has_command = options->command[0] != NULL;
	r->signals = r->daemon.log = r->child.fd = r->pid_fd = r->socket = r->log = -1;
	r->home.process_log_fd = -1;
	r->on_terminal = isatty(STDERR_FILENO) && !options->background;
	r->meta = (struct atls_meta){
		.command = options->command,
		.mode = options->shim.mode,
		.engine = options->shim.engine,
		.options = options,
		.lttng = r->daemon.version,
		.trace = &r->trace,
		.state = &r->state,
		.process_log = &r->process_log,
		.start = atls_moment_now(),
		/* It stays in meta.json if the recorder is killed. */
		.incomplete = "the recorder did not end this recording, so it may lack its end",
	};
}

static void finish(struct recorder *r)
{
	const int fds[] = { r->signals, r->pid_fd, r->socket, r->log, r->home.process_log_fd };

	atls_child_finish(&r->child);
	atls_trace_summary_finish(&r->trace);
	atls_process_log_finish(&r->process_log);
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
		atls_dry_run_print(r);
	} else if (!status && !r->has_command) {
		status = record_named_session(r);
	} else if (!status) {
		status = ATLS_EXIT_ENVIRONMENT;
		if (atls_signals_hold(r) == 0 && atls_lttng_home_create(&r->home) == 0)
			status = record_with_home(r, -1);
	}
	finish(r);
	return status;
}
