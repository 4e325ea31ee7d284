/* SPDX-License-Identifier: Apache-2.0 */
/* The command that is recorded: from a session that is ready until it runs. */
#include "record/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "record/shim-environment.h"
#include "record/signals.h"
#include "record/warmup.h"

#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127

/* Metadata are written every 100 ms. */
#define METADATA_MS 500

int atls_command_exit_status(int err)
{
	return err == -ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
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
		atls_clock_sleep(5);
	}
}

static void warm_up(struct recorder *r)
{
	struct atls_variable env[ATLS_SESSIOND_ENV];
	int n = atls_sessiond_environment(&r->daemon, &r->home, true, env);
	int err = atls_warmup(r->shim, env, n);

	if (!err)
		await_metadata(r);
	else if (err == -EHOSTUNREACH && !r->plan.delayed)
		atls_warn(
			"a process of this user could not reach the session daemon: expect nothing to be recorded");
}

static int start_command(struct recorder *r)
{
	struct atls_variable env[ATLS_SHIM_ENV + 1 + ATLS_SESSIOND_ENV];
	int n = atls_shim_environment(r->options, env);

	env[n++] = (struct atls_variable){ "ASYNCTLS_SEEN",
					   *r->home.process_log ? r->home.process_log : NULL };
	n += atls_sessiond_environment(&r->daemon, &r->home, true, env + n);
	return atls_child_start(&r->child, r->options->command, r->shim, env, n, &r->inherited);
}

static void warn_of_obstacle(const struct recorder *r)
{
	const char *obstacle = atls_target_obstacle(&r->target);

	/* What is not linked to libssl may well load it, or start what is. */
	if (obstacle && r->target.linkage != ATLS_LINKED_NO_SSL)
		atls_warn("%s %s; only other programs that it starts can be recorded",
			  r->options->command[0], obstacle);
}

int atls_command_begin(struct recorder *r)
{
	int err;

	warm_up(r);
	if (atls_signals_interrupted(r))
		return 128 + r->meta.signals[0];
	warn_of_obstacle(r);
	r->meta.start = atls_moment_now();
	err = start_command(r);
	if (!err)
		return 0;
	atls_error("%s: cannot be run: %s", r->options->command[0], strerror(-err));
	return atls_command_exit_status(err);
}
