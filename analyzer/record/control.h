/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control process: owns the session daemon and its session, so that both end in good order
 * whatever happens to the recorder.
 *
 *   recorder (caller's user)            control process (daemon's user)       lttng-sessiond
 *      | start  ---- fork ----------------> | becomes the user, new session         |
 *      |                                    | -------------- fork, exec ----------> |
 *      | await  <--------------- ready ---- | <------------- SIGUSR1 -------------- |
 *      | open   ---- plan ----------------> | ---- create, start (liblttng-ctl) --> |
 *      |        <--------------- done ----- |                                       |
 *      |          (CMD runs)                |                                       |
 *      | stop   ---- stop ----------------> | ---- stop, wait, count, destroy ----> |
 *      |        <--------------- state ---- | ---- SIGKILL -----------------------> x
 *      | finish ---- close ---------------> | removes the home, ends
 *
 * As root, liblttng-ctl always talks to the system's daemon: hence a process of another user. If
 * the recorder is killed, its end of the socket closes, and the control process stops all the same.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "record/lttng-home.h"
#include "record/lttng-session.h"
#include "record/sessiond.h"

#define ATLS_STATE_PROCESSES 256

/* The state of a recording. */
struct atls_state {
	struct atls_loss loss;
	unsigned int triggered; /* times that jobs were too slow, near ones counted as one */
	unsigned int snapshots;
	int nprocesses; /* that are registered; there may be more than processes has room for */
	pid_t processes[ATLS_STATE_PROCESSES];
};

struct atls_control {
	pid_t pid; /* 0: not running */
	int fd;	   /* becomes readable outside of calls only if the daemon or the process ends */
};

/* Fork it; the daemon starts while the caller goes on. Returns 0 or -errno with a message. */
int atls_control_start(struct atls_control *c, struct atls_sessiond *d,
		       const struct atls_lttng_home *home);
/* Wait until the daemon serves. Returns 0 or -errno; the control process prints the message. */
int atls_control_await(struct atls_control *c);
/* Create the session and, unless the plan delays it, start recording. As above. */
int atls_control_open(struct atls_control *c, const struct atls_lttng_plan *plan);
/* Start a delayed recording. As above. */
int atls_control_begin(struct atls_control *c);
/* Get its state. As above. */
int atls_control_state(struct atls_control *c, struct atls_state *state);
/* Write out a ring. As above. */
int atls_control_snapshot(struct atls_control *c, const char *name);
/*
 * Stop recording and end the daemon; a ring is written out first if snapshot, which may be NULL,
 * names a last snapshot. state is always set, but for its processes. As above.
 */
int atls_control_stop(struct atls_control *c, const char *snapshot, struct atls_state *state);
/* End the process, in whatever state it is, and wait for it. */
void atls_control_finish(struct atls_control *c);
