/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The traced command. A runner process stands between it and the recorder: a subreaper, so that
 * it sees the end of every descendant, also of servers that put themselves into the background. If
 * the recorder is killed, the command goes on.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "record/environment.h"

struct atls_child {
	pid_t runner;
	pid_t pid;	/* the command itself */
	int fd;		/* from the runner: readable when something ended; for poll */
	int status;	/* as wait gives it, once ended */
	bool ended;	/* the command itself has */
	bool all_ended; /* and all its descendants */
};

/*
 * Run argv under the signal mask given, in the caller's environment with nenv variables of env
 * changed and the shim preloaded, before other preloaded libraries. Returns 0 once it runs, or
 * -errno without a message if it cannot be run; nothing is left behind then.
 */
int atls_child_start(struct atls_child *c, char **argv, const char *shim,
		     const struct atls_variable *env, int nenv, const sigset_t *mask);
/* Take a message of the runner; call it when fd is readable. */
void atls_child_update(struct atls_child *c);
/* Send a signal to what the command has left in the background: the runner's children. */
void atls_child_pass_on(const struct atls_child *c, int number);
/* Close the pipe. Processes that still run go on. */
void atls_child_finish(struct atls_child *c);
/* The exit status that a shell would give: the command's own, or 128 + signal. */
int atls_child_exit_status(const struct atls_child *c);
