/* SPDX-License-Identifier: Apache-2.0 */
/* The state of one recording, which the parts of the recorder share. */
#pragma once

#include <limits.h>
#include <signal.h>

#include "record/child.h"
#include "record/control.h"
#include "record/meta.h"
#include "record/options.h"
#include "record/output.h"
#include "record/process-log.h"
#include "record/recorder-socket.h"
#include "record/target.h"

struct recorder {
	const struct atls_record_options *options;
	bool has_command; /* else servers that run already are recorded */
	char shim[PATH_MAX];
	struct atls_target target;
	struct atls_session_paths paths; /* if there is no command */
	struct atls_sessiond daemon;
	struct atls_lttng_home home;
	struct atls_control control;
	struct atls_output output;
	struct atls_lttng_plan plan;
	struct atls_child child;
	int pid_fd;	 /* of options->pid, else -1 */
	int socket;	 /* for requests of other commands, else -1 */
	int log;	 /* in the background: memory file in place of stderr, else -1 */
	off_t log_shown; /* how much of it a command has printed */
	bool detached;	 /* in the background; the parent has exited */
	struct atls_process_log process_log;
	struct atls_state state;
	struct atls_trace_summary trace;
	struct atls_meta meta;
	sigset_t inherited; /* the signal mask that the command gets back */
	int signals;	    /* signalfd */
	int64_t begun; /* CLOCK_MONOTONIC, when recording began; 0: it has not, being delayed */
	bool stopped;  /* the recording is over, whatever still runs */
	bool on_terminal;
	int status; /* what the program returns */
};
