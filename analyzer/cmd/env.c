/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls env: the environment with which a server can be recorded later. */
#include <limits.h>
#include <string.h>

#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "record/shim-environment.h"

static const char *format = "shell", *session;
static struct atls_shim_options options = { .mode = "observe" };

static const struct atls_arg args[] = {
	{ "format", 0, "shell|systemd|docker",
	  "shell    eval \"$(asynctls env)\" (default)\n"
	  "systemd  a drop-in for the server's unit\n"
	  "docker   options of docker run",
	  .text = &format },
	ATLS_OPTION_SESSION(&session),
	ATLS_OPTIONS_SHIM(&options),
	{ 0 },
};

static int run(int argc, char **argv)
{
	struct atls_session_paths paths;
	char shim[PATH_MAX];

	if (!atls_shim_options_check(&options, "env") || atls_session_paths_init(&paths, session))
		return ATLS_EXIT_USAGE;
	if (atls_path_shim(shim, sizeof(shim)) || strpbrk(shim, " :")) {
		atls_error("%s: the shim is missing, or its path has a space or a colon", shim);
		return ATLS_EXIT_ENVIRONMENT;
	}
	/* So that a unit or a container can be given the directory before anything is recorded. */
	if (atls_session_paths_create(&paths))
		return ATLS_EXIT_ENVIRONMENT;
	atls_shim_environment_print(format, &options, &paths, shim);
	return ATLS_EXIT_OK;
}

const struct atls_cmd atls_cmd_env = {
	.name = "env",
	.summary = "print the environment for a server to be recorded later",
	.usage = "[OPTIONS]",
	.about =
		"Print the environment with which a server can be started once, and recorded whenever wanted by\n"
		"'asynctls start' or 'asynctls record --pid'. While it is not recorded it hardly notices.",
	.args = args,
	.notes =
		"A server that changes its root directory (chroot) can be recorded only if the recording begins\n"
		"before it does so, or if the home directory of the session lies inside.",
	.run = run,
};
