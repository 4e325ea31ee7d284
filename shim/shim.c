/* SPDX-License-Identifier: Apache-2.0 */
/* The preloaded library's beginning: next to nothing at load time, the rest on first use of OpenSSL. */
#include "shim.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ENV 32

bool atls_is_ready;

/* LTTng's variables and HOME, copied before the program can overwrite them. Never freed. */
static char *env_copy[MAX_ENV + 1];

__attribute__((constructor)) static void at_load(int argc, char **argv, char **envp)
{
	size_t n = 0;

	atls_real_resolve_libc();
	for (; envp && *envp && n < MAX_ENV; envp++)
		if (!strncmp(*envp, "LTTNG_", 6) || !strncmp(*envp, "HOME=", 5))
			if ((env_copy[n] = strdup(*envp)))
				n++;
}

static void prepare(void)
{
	static bool complained;

	if (!atls_real_resolve_openssl()) {
		if (!complained)
			atls_complain("this process calls OpenSSL, but its libssl or libcrypto was not found");
		complained = true;
		return;
	}
	atls_config_read();
	atls_tracer_open(env_copy);
	__atomic_store_n(&atls_is_ready, true, __ATOMIC_RELEASE);
}

bool atls_make_ready(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static __thread bool inside;

	/* LTTng's start-up must not wait for itself, should it ever come by one of our wrappers. */
	if (inside)
		return false;
	inside = true;
	pthread_mutex_lock(&lock);
	if (!atls_is_ready)
		prepare();
	pthread_mutex_unlock(&lock);
	inside = false;
	return atls_is_ready;
}
