/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The preloaded library's beginning: next to nothing at load time, the rest on first use of
 * OpenSSL.
 */
#include "shim.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/status.h"
#include "engine/device.h"
#include "trace/process-log.h"

#define MAX_ENV 32

/* What a job, a worker and a wake-up cost in time is dearer than an operation below this. */
#define BRIDGED_DEVICE "min_cost=100us"

enum atls_readiness atls_readiness;

/* LTTng's variables and HOME, copied before the program can overwrite them. Never freed. */
static char *env_copy[MAX_ENV + 1];

__attribute__((constructor)) static void at_load(int argc, char **argv, char **envp)
{
	size_t n = 0;

	atls_complain_init();
	atls_real_resolve_libc();
	atls_process_log_open(secure_getenv("ASYNCTLS_SEEN"));
	for (; envp && *envp && n < MAX_ENV; envp++)
		if (!strncmp(*envp, "LTTNG_", 6) || !strncmp(*envp, "HOME=", 5))
			if ((env_copy[n] = strdup(*envp)))
				n++;
}

/* What is not understood leaves the mode at observe, in which nothing of the program changes. */
static void configure_engine(void)
{
	char why[512];

	if (atls_config.mode == ATLS_MODE_BRIDGE)
		atls_device_configure(BRIDGED_DEVICE, why, sizeof(why));
	if (atls_config.engine && atls_device_configure(atls_config.engine, why, sizeof(why))) {
		atls_complain("ASYNCTLS_ENGINE: %s", why);
		atls_config.mode = ATLS_MODE_OBSERVE;
	}
}

/* Once for libcrypto; the lookups once more when libssl is first called. Under the lock. */
static void prepare(void)
{
	static bool configured;

	atls_real_resolve_openssl();
	if (!REAL(ASYNC_start_job) && !REAL(SSL_new))
		return;
	/* Relatives of OpenSSL that have no async jobs are passed through and left alone. */
	if (!configured && REAL(ASYNC_start_job)) {
		configured = true;
		atls_config_read();
		configure_engine();
		atls_tracer_open(env_copy);
		atls_process_log_tls(atls_recording());
	}
	asynctls_shim_status.mode = atls_config.mode;
	asynctls_shim_status.readiness = REAL(SSL_new) ? ATLS_READY_SSL : ATLS_READY_CRYPTO;
	__atomic_store_n(&atls_readiness, REAL(SSL_new) ? ATLS_READY_SSL : ATLS_READY_CRYPTO,
			 __ATOMIC_RELEASE);
}

bool atls_make_ready(enum atls_readiness wanted)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static __thread bool inside;
	static bool complained;

	/*
	 * The provider's start-up must not wait for itself, should it ever come by one of our
	 * wrappers.
	 */
	if (inside)
		return false;
	inside = true;
	pthread_mutex_lock(&lock);
	if (atls_readiness < wanted)
		prepare();
	if (atls_readiness < wanted && !complained) {
		atls_complain("this process calls OpenSSL, but its functions cannot be found");
		complained = true;
	}
	pthread_mutex_unlock(&lock);
	inside = false;
	return atls_readiness >= wanted;
}
