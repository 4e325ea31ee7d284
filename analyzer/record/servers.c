/* SPDX-License-Identifier: Apache-2.0 */
/* Servers that run already, recorded from now on. */
#include "record/servers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/exit.h"
#include "base/log.h"
#include "record/shim-process.h"
#include "record/signals.h"

/*
 * A process that was recorded before looks for the next session daemon only after five seconds
 * (LTTng's pause "after a failure"); others come at once.
 */
#define REGISTER_MS 6500
#define PROCESSES_MOST 256

/* Returns 0, or -EPERM with a message that says why a running process cannot be recorded. */
static int check_pid(struct recorder *r, const struct atls_shim_process *p, int err)
{
	const char *why = NULL;

	if (err == -ESRCH)
		why = "there is no such process";
	else if (err)
		why = "you may not look at that process";
	else if (!p->shim)
		why = "it does not have the shim; start it with what 'asynctls env' prints";
	else if (p->home_known && strcmp(p->home, r->paths.home))
		why = "it was started for another session, or by 'asynctls record'";
	if (why)
		atls_error("process %d%s%s%s cannot be recorded: %s", (int)r->options->pid,
			   *p->name ? " (" : "", p->name, *p->name ? ")" : "", why);
	return why ? -EPERM : 0;
}

/* The session that a process was started for; NULL if its environment does not say. */
static const char *session_of(const struct recorder *r, const struct atls_shim_process *p)
{
	struct atls_session_paths paths;
	size_t n;

	if (r->options->session || !p->home_known || atls_session_paths_init(&paths, NULL))
		return r->options->session;
	n = strlen(paths.base);
	if (strncmp(p->home, paths.base, n) || p->home[n] != '/' || !p->home[n + 1] ||
	    strchr(p->home + n + 1, '/'))
		return NULL;
	return p->home + n + 1;
}

int atls_servers_find(struct recorder *r)
{
	struct atls_shim_process p = { 0 };
	int err = r->options->pid ? atls_shim_process_inspect(r->options->pid, &p) : 0;

	if (atls_session_paths_init(&r->paths, session_of(r, &p)))
		return ATLS_EXIT_USAGE;
	if (!r->options->pid)
		return 0;
	if (check_pid(r, &p, err))
		return ATLS_EXIT_ENVIRONMENT;
	r->pid_fd = syscall(SYS_pidfd_open, r->options->pid, 0);
	return 0;
}

static bool registered(const struct atls_state *state, pid_t pid)
{
	for (int i = 0; i < state->nprocesses && i < ATLS_STATE_PROCESSES; i++)
		if (state->processes[i] == pid)
			return true;
	return state->nprocesses > ATLS_STATE_PROCESSES;
}

/* How many processes that could be recorded have not registered yet. */
static int count_unregistered(const struct recorder *r, const struct atls_shim_process *list, int n)
{
	int count = 0;

	for (int i = 0; i < n; i++)
		if (list[i].provider &&
		    (!list[i].home_known || !strcmp(list[i].home, r->paths.home)) &&
		    !registered(&r->state, list[i].pid))
			count++;
	return count;
}

int atls_servers_await(struct recorder *r)
{
	struct atls_shim_process *list = calloc(PROCESSES_MOST, sizeof(*list)), p;
	int n = list ? atls_shim_process_list(list, PROCESSES_MOST) : 0;
	int64_t limit = atls_clock_now() + REGISTER_MS * 1000000LL;
	int left;

	atls_lttng_home_announce(&r->home, true);
	do {
		atls_clock_sleep(10);
		if (atls_control_state(&r->control, &r->state)) {
			free(list);
			return ATLS_EXIT_ENVIRONMENT;
		}
		left = count_unregistered(r, list, n);
	} while (left && atls_clock_now() < limit && !atls_signals_interrupted(r));
	free(list);
	if (r->meta.nsignals)
		return 128 + r->meta.signals[0];
	if (r->options->pid && !registered(&r->state, r->options->pid) &&
	    !atls_shim_process_inspect(r->options->pid, &p) && p.provider) {
		atls_error(
			"process %d (%s) cannot be recorded: it has the shim, but does not find %s; "
			"was it started for another session, or is it in a chroot?",
			(int)r->options->pid, p.name, r->paths.home);
		return ATLS_EXIT_ENVIRONMENT;
	}
	if (r->state.nprocesses == 0)
		atls_warn("no server has registered yet; those that start to use OpenSSL will");
	r->meta.start = atls_moment_now();
	return 0;
}
