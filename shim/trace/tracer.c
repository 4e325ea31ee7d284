/* SPDX-License-Identifier: Apache-2.0 */
/* The provider library: opening it, surviving fork, emitting. */
#include "trace/tracer.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/config.h"
#include "base/program.h"
#include "base/real.h"
#include "base/status.h"
#include "base/thread.h"
#include "events/provider.h"
#include "trace/process-log.h"
#include "trace/recording-count.h"
#include "trace/ustfd.h"

#define PROVIDER "libasynctls-lttng.so"

static const int never;

const int *atls_recorded_flag[ATLS_EV_COUNT] = { [0 ... ATLS_EV_COUNT - 1] = &never };

static const struct atls_provider *provider;

static pthread_key_t thread_key;
static void at_thread_end(void *self);

/* LTTng's own fork support, which keeps its listener threads alive in a forked server worker. */
static void (*before_fork)(sigset_t *);
static void (*after_fork_parent)(sigset_t *);
static void (*after_fork_child)(sigset_t *);
static __thread sigset_t fork_mask;

static void prepare(void)
{
	if (before_fork)
		before_fork(&fork_mask);
}

static void parent(void)
{
	if (after_fork_parent)
		after_fork_parent(&fork_mask);
}

static void child(void)
{
	atls_self.announced = false; /* a new process introduces itself */
	if (after_fork_child)
		after_fork_child(&fork_mask);
	atls_process_log_tls(atls_recording());
}

static void follow_forks(void)
{
	before_fork = (void (*)(sigset_t *))dlsym(RTLD_DEFAULT, "lttng_ust_before_fork");
	after_fork_parent =
		(void (*)(sigset_t *))dlsym(RTLD_DEFAULT, "lttng_ust_after_fork_parent");
	after_fork_child = (void (*)(sigset_t *))dlsym(RTLD_DEFAULT, "lttng_ust_after_fork_child");
	pthread_atfork(prepare, parent, child);
}

/* The path of a file in the folder that this library lies in. */
static bool beside_us(char *path, size_t size, const char *file)
{
	Dl_info info;
	const char *slash;

	if (!dladdr(&never, &info) || !(slash = strrchr(info.dli_fname, '/')))
		return false;
	return (size_t)snprintf(path, size, "%.*s/%s", (int)(slash - info.dli_fname),
				info.dli_fname, file) < size;
}

static const char *entry_for(char *const *env_copy, const char *entry)
{
	size_t name = strcspn(entry, "=") + 1;

	for (; *env_copy; env_copy++)
		if (!strncmp(*env_copy, entry, name))
			return *env_copy;
	return NULL;
}

/*
 * Without a directory of its own, no recorder is waiting for this process: it does not wait either.
 */
#define NO_WAIT "LTTNG_UST_REGISTER_TIMEOUT=0"

/* Today's environment, with the copies in place of the strings that they were taken of. */
static char **stable_environment(char *const *env_copy)
{
	static char no_wait[] = NO_WAIT;
	size_t n = 0, copies = 0, out = 0;
	char **env;

	while (environ && environ[n])
		n++;
	while (env_copy[copies])
		copies++;
	env = calloc(n + copies + 2, sizeof(*env));
	if (!env)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (!entry_for(env_copy, environ[i]))
			env[out++] = environ[i];
	memcpy(&env[out], env_copy, copies * sizeof(*env));
	if (!entry_for(env_copy, "LTTNG_HOME=") && !entry_for(env_copy, NO_WAIT))
		env[out + copies] = no_wait;
	return env;
}

static void *open_with(char *const *env_copy, const char *path)
{
	char **saved = environ;
	char **stable = stable_environment(env_copy);
	void *handle;

	if (stable)
		environ = stable;
	handle = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
	environ = saved;
	free(stable); /* LTTng keeps the strings, not the array */
	return handle;
}

static void *nothing(void *unused)
{
	return unused;
}

/* LTTng's constructor waits for threads of its own, for 3 s, even if none could be started. */
static bool can_start_threads(void)
{
	pthread_t thread;

	return !pthread_create(&thread, NULL, nothing, NULL) && !pthread_join(thread, NULL);
}

static void map_recording_count(char *const *env_copy)
{
	const char *entry = entry_for(env_copy, "LTTNG_HOME=");

	if (entry)
		atls_recording_count_map(strchr(entry, '=') + 1);
}

void atls_tracer_open(char *const *env_copy)
{
	const struct atls_provider *found;
	char path[PATH_MAX];
	void *handle;

	if (atls_config.provider)
		snprintf(path, sizeof(path), "%s", atls_config.provider);
	else if (!beside_us(path, sizeof(path), PROVIDER) || access(path, R_OK))
		return; /* built without a provider */
	if (!can_start_threads())
		return;
	/*
	 * Ahead of LTTng's own key, so that a thread's last event comes before LTTng lets go of it.
	 */
	pthread_key_create(&thread_key, at_thread_end);
	atls_ust_fd_init();
	handle = open_with(env_copy, path);
	if (!handle) {
		atls_complain("nothing can be recorded: %s", dlerror());
		return;
	}
	found = dlsym(handle, "asynctls_provider");
	if (!found || found->abi != ATLS_PROVIDER_ABI) {
		atls_complain("nothing can be recorded: %s is of another version", path);
		return;
	}
	provider = found;
	map_recording_count(env_copy);
	atls_status_raise(&asynctls_shim_status.provider);
	follow_forks();
	memcpy(atls_recorded_flag, provider->state, sizeof(atls_recorded_flag));
}

static void at_thread_end(void *self)
{
	if (atls_self.announced)
		ATLS_EMIT(thread_end, .paused = atls_self.paused);
}

static void note_process(void)
{
	struct rlimit limit = { 0 };

	getrlimit(RLIMIT_NOFILE, &limit);
	ATLS_EMIT(process, .nofile = limit.rlim_cur > UINT32_MAX ? UINT32_MAX : limit.rlim_cur,
		  .capable = REAL(ASYNC_is_capable)());
}

static void note_program(void)
{
	struct atls_program e = { .rule = atls_config.bridge_rule };

	atls_program_name(e.name);
	if (atls_recorded(ATLS_EV_program))
		provider->emit[ATLS_EV_program](&e);
}

/*
 * A thread's first event of a recording: says who it is. What the thread remembered of jobs from
 * before is void from here on, as it saw nothing of them since.
 */
static void announce(void)
{
	struct atls_thread e = {
		.role = atls_self.worker ? ATLS_ROLE_ENGINE : ATLS_ROLE_PROGRAM,
		.mode = atls_config.mode,
		.openssl = REAL(OpenSSL_version_num) ? REAL(OpenSSL_version_num)() : 0,
	};

	atls_self.announced = true;
	atls_self.recording_count = *atls_recording_count;
	atls_self.epoch++;
	pthread_setspecific(thread_key, &atls_self); /* any value, for at_thread_end to run */
	note_process();
	note_program();
	prctl(PR_GET_NAME, e.comm);
	if (atls_recorded(ATLS_EV_thread))
		provider->emit[ATLS_EV_thread](&e);
}

void atls_emit(enum atls_event_id id, const void *payload)
{
	int saved = errno;

	if (!atls_self.announced || atls_self.recording_count != *atls_recording_count)
		announce();
	provider->emit[id](payload);
	errno = saved;
}
