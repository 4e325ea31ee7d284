/* SPDX-License-Identifier: Apache-2.0 */
/* Warms a session up before the command starts. */
#include "record/warmup.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "events/provider.h"

#define PROVIDER "libasynctls-lttng.so"
#define TIMEOUT_SECONDS 5 /* LTTng itself gives up after three */

enum { REACHED, NO_PROVIDER, NOT_REACHED };

static int registered(const char *shim)
{
	const struct atls_provider *provider;
	const char *slash = strrchr(shim, '/');
	char path[PATH_MAX];
	void *library;

	snprintf(path, sizeof(path), "%.*s/%s", (int)(slash - shim), shim, PROVIDER);
	library = dlopen(path, RTLD_NOW); /* returns once the daemon has enabled the events */
	provider = library ? dlsym(library, "asynctls_provider") : NULL;
	if (!provider || provider->abi != ATLS_PROVIDER_ABI)
		return NO_PROVIDER;
	return *provider->state[ATLS_EV_thread] ? REACHED : NOT_REACHED;
}

static void warmup_process(const char *shim, const struct atls_variable *env, int nenv)
{
	atls_environment_change(env, nenv);
	unsetenv("LTTNG_UST_REGISTER_TIMEOUT");
	signal(SIGALRM, SIG_DFL);
	alarm(TIMEOUT_SECONDS);
	_exit(registered(shim));
}

int atls_warmup(const char *shim, const struct atls_variable *env, int nenv)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (pid == 0)
		warmup_process(shim, env, nenv);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_PROVIDER)
		return -ENOPKG;
	return WIFEXITED(status) && WEXITSTATUS(status) == REACHED ? 0 : -EHOSTUNREACH;
}
