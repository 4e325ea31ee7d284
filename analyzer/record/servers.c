/* SPDX-License-Identifier: Apache-2.0 */
/* Servers that run already, and are recorded from now on. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/exit.h"
#include "base/log.h"
#include "record/presence.h"
#include "record/recorder-private.h"

/*
 * A process that was recorded before looks for the next session daemon only after five seconds
 * (LTTng's pause "after a failure"); others come at once.
 */
#define REGISTER_MS 6500
#define PRESENT_MOST 256

/* Why a running process cannot be recorded, said; or 0. */
static int check_pid(struct recorder *r, const struct atls_presence *p, int err)
{
	const char *why = NULL;

	if (err == -ESRCH)
		why = "there is no such process";
	else if (err)
		why = "you may not look at that process";
	else if (!p->shim)
		why = "it does not have the shim; start it with what 'asynctls env' prints";
	else if (p->home_known && strcmp(p->home, r->place.home))
		why = "it was started for another session, or by 'asynctls record'";
	if (why)
		atls_error("process %d%s%s%s cannot be recorded: %s", (int)r->options->pid,
			   *p->name ? " (" : "", p->name, *p->name ? ")" : "", why);
	return why ? -EPERM : 0;
}

/* The place that a process was started for, if it tells. */
static const char *session_of(const struct recorder *r, const struct atls_presence *p)
{
	struct atls_place place;
	size_t n;

	if (r->options->session || !p->home_known || atls_place_init(&place, NULL))
		return r->options->session;
	n = strlen(place.base);
	if (strncmp(p->home, place.base, n) || p->home[n] != '/' || !p->home[n + 1] ||
	    strchr(p->home + n + 1, '/'))
		return NULL;
	return p->home + n + 1;
}

int atls_recorder_find_servers(struct recorder *r)
{
	struct atls_presence p = { 0 };
	int err = r->options->pid ? atls_presence_look(r->options->pid, &p) : 0;

	if (atls_place_init(&r->place, session_of(r, &p)))
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

/* How many of those that could be recorded have not come yet. */
static int missing(const struct recorder *r, const struct atls_presence *list, int n)
{
	int count = 0;

	for (int i = 0; i < n; i++)
		if (list[i].provider &&
		    (!list[i].home_known || !strcmp(list[i].home, r->place.home)) &&
		    !registered(&r->state, list[i].pid))
			count++;
	return count;
}

int atls_recorder_begin_servers(struct recorder *r)
{
	struct atls_presence *list = calloc(PRESENT_MOST, sizeof(*list)), p;
	int n = list ? atls_presence_all(list, PRESENT_MOST) : 0;
	int64_t limit = atls_recorder_now() + REGISTER_MS * 1000000LL;
	int left;

	atls_home_announce(&r->home, true);
	do {
		atls_recorder_nap(10);
		if (atls_control_state(&r->control, &r->state)) {
			free(list);
			return ATLS_EXIT_ENVIRONMENT;
		}
		left = missing(r, list, n);
	} while (left && atls_recorder_now() < limit && !atls_recorder_interrupted(r));
	free(list);
	if (r->meta.nsignals)
		return 128 + r->meta.signals[0];
	if (r->options->pid && !registered(&r->state, r->options->pid) &&
	    !atls_presence_look(r->options->pid, &p) && p.provider) {
		atls_error(
			"process %d (%s) cannot be recorded: it has the shim, but does not find %s; "
			"was it started for another session, or is it in a chroot?",
			(int)r->options->pid, p.name, r->place.home);
		return ATLS_EXIT_ENVIRONMENT;
	}
	if (r->state.nprocesses == 0)
		atls_warn("no server has registered yet; those that start to use OpenSSL will");
	r->meta.start = atls_moment_now();
	return 0;
}
