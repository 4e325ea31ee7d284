/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a command in the Python package of the dashboards. */
#include "base/python.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/exit.h"
#include "base/log.h"
#include "base/paths.h"

extern char **environ;

/* Asks whether the packages are there without loading them, which would take half a second. */
#define PROBE                                    \
	"import sys, importlib.util as u; "      \
	"sys.exit(sys.version_info < (3, 9) or " \
	"not all(u.find_spec(m) for m in ('matplotlib', 'numpy', 'sqlite3')))"

/* True if that interpreter exists, is recent enough, and has what the dashboards need. */
static bool suits(const char *python)
{
	char *const argv[] = { (char *)python, "-c", PROBE, NULL };
	posix_spawn_file_actions_t quiet;
	int status = -1;
	pid_t pid;

	if (posix_spawn_file_actions_init(&quiet))
		return false;
	posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (!posix_spawnp(&pid, python, &quiet, NULL, argv, environ))
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	posix_spawn_file_actions_destroy(&quiet);
	return !status;
}

/* The interpreter to use, or NULL: the user's choice, the distribution's, the first on PATH. */
static const char *interpreter(const char *command)
{
	const char *chosen = getenv("ASYNCTLS_PYTHON");

	if (chosen && *chosen) {
		if (suits(chosen))
			return chosen;
		atls_warn("%s: ASYNCTLS_PYTHON=%s cannot be used, trying others", command, chosen);
	}
	if (suits("/usr/bin/python3"))
		return "/usr/bin/python3";
	return suits("python3") ? "python3" : NULL;
}

/* Lets Python find our package first, and nothing in the folder that the user is in. */
static int prepare(const char *dashboards)
{
	const char *others = getenv("PYTHONPATH");
	char path[2 * PATH_MAX];
	int n = others && *others ? snprintf(path, sizeof(path), "%s:%s", dashboards, others)
				  : snprintf(path, sizeof(path), "%s", dashboards);

	if ((size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	if (setenv("PYTHONPATH", path, 1) || setenv("PYTHONSAFEPATH", "1", 1) ||
	    setenv("ASYNCTLS_VERSION", ATLS_VERSION, 1))
		return -errno;
	return 0;
}

/* Becomes the interpreter; returns only on failure. */
static int become(const char *python, const char *command, int argc, char **argv)
{
	char **args = calloc((size_t)argc + 5, sizeof(*args));

	if (!args)
		return -ENOMEM;
	args[0] = (char *)python;
	args[1] = "-m";
	args[2] = "asynctls_dashboards";
	args[3] = (char *)command;
	memcpy(args + 4, argv, (size_t)argc * sizeof(*args));
	execvp(python, args);
	free(args);
	return -errno;
}

int atls_python_run(const char *command, int argc, char **argv)
{
	char dashboards[PATH_MAX];
	const char *python;
	int err = atls_path_dashboards(dashboards, sizeof(dashboards));

	if (err) {
		atls_error("%s: the dashboards are not installed: %s: %s", command, dashboards,
			   strerror(-err));
		return ATLS_EXIT_ENVIRONMENT;
	}
	python = interpreter(command);
	if (!python) {
		atls_error(
			"%s: no Python 3.9 or later with matplotlib and numpy (Debian: apt install "
			"python3-matplotlib); ASYNCTLS_PYTHON may name one",
			command);
		return ATLS_EXIT_ENVIRONMENT;
	}
	err = prepare(dashboards);
	if (!err)
		err = become(python, command, argc, argv);
	atls_error("%s: cannot start %s: %s", command, python, strerror(-err));
	return ATLS_EXIT_ENVIRONMENT;
}
