/* SPDX-License-Identifier: Apache-2.0 */
/* The private lttng-sessiond: found, started, watched, ended. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "record/environment.h"
#include "record/lttng-home.h"

#define ATLS_LTTNG_OLDEST "2.13"

struct atls_sessiond {
	char program[256]; /* path of lttng-sessiond */
	char version[32];  /* "2.13.9" */
	int log;	   /* memory file with all messages of the daemon and its consumer */
	off_t log_read;	   /* how much of it was read */
	bool disk_full;	   /* as the log says: nothing else does */
	pid_t pid;	   /* 0: not running */
};

/*
 * Find lttng-sessiond and its version, and make the log. Call it before anything is started.
 * Returns 0, or -errno with a message: not installed, or too old.
 */
int atls_sessiond_init(struct atls_sessiond *d);
void atls_sessiond_finish(struct atls_sessiond *d);

/*
 * Start it and wait until it serves. The calling process must run as home's user, be single-
 * threaded, and have SIGUSR1 and SIGCHLD blocked, since both come from the daemon. If the caller
 * dies, the daemon ends. Returns 0, or -errno with a message.
 */
int atls_sessiond_start(struct atls_sessiond *d, const struct atls_lttng_home *home);
/*
 * End it and its children. If gracefully, it is first asked to, which takes it 1.5 s; needless
 * once its session is destroyed.
 */
void atls_sessiond_stop(struct atls_sessiond *d, bool gracefully);

/*
 * Read the daemon's log since the last call; any process that holds d may do so.
 * d->disk_full is updated. With show, lines that matter are passed on as warnings.
 */
void atls_sessiond_watch(struct atls_sessiond *d, bool show);

/*
 * The variables by which programs (app), or the daemon and liblttng-ctl, find the daemon of home.
 * Fills at most ATLS_SESSIOND_ENV variables, whose values live as long as home; returns how many.
 */
#define ATLS_SESSIOND_ENV 3
int atls_sessiond_environment(const struct atls_sessiond *d, const struct atls_lttng_home *home,
			      bool app, struct atls_variable *env);
