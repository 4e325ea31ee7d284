/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The preloaded library's beginning: next to nothing at load time, the rest on first use of
 * OpenSSL.
 */
#include "shim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/binding.h"
#include "base/complain.h"
#include "base/stack.h"
#include "base/status.h"
#include "engine/device.h"
#include "trace/process-log.h"

#define MAX_ENV 32

/*
 * What a job, a worker and a wake-up cost in time is dearer than an operation below this; and a
 * handshake that waits behind so many is served sooner in place.
 */
#define BRIDGED_DEVICE "min_cost=100us,max-inflight=1024"

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

/* Once, by the first that is bound to an OpenSSL with async jobs: its relatives are left alone. */
static void start(void)
{
	static bool configured;

	if (configured || !REAL(ASYNC_start_job))
		return;
	configured = true;
	atls_config_read();
	configure_engine();
	if (atls_config.mode != ATLS_MODE_OBSERVE)
		atls_stack_init();
	atls_tracer_open(env_copy);
	atls_process_log_tls(atls_recording());
}

/* Once for libcrypto; the lookups once more when libssl is first called. One thread at a time. */
static void prepare(enum atls_real_number number, void *function)
{
	enum atls_readiness readiness;

	if (!atls_real_resolve_openssl(number, function) ||
	    (!REAL(ASYNC_start_job) && !REAL(SSL_new)))
		return;
	start();
	readiness = REAL(SSL_new) ? ATLS_READY_SSL : ATLS_READY_CRYPTO;
	asynctls_shim_status.mode = atls_config.mode;
	asynctls_shim_status.readiness = readiness;
	__atomic_store_n(&atls_readiness, readiness, __ATOMIC_RELEASE);
}

/*
 * Anyone may use libcrypto; what counts then is the libssl of the program itself, if it has one.
 */
static void prefer_the_programs(enum atls_real_number *number, void **function)
{
	void *libssl = atls_binding_of_program(atls_real_name(ATLS_REAL_SSL_new));

	if (!libssl)
		return;
	*number = ATLS_REAL_SSL_new;
	*function = libssl;
}

static bool is_ready(enum atls_readiness wanted)
{
	return __atomic_load_n(&atls_readiness, __ATOMIC_ACQUIRE) >= wanted;
}

static void note_other(void)
{
	if (__atomic_exchange_n(&asynctls_shim_status.others, 1, __ATOMIC_RELAXED))
		return;
	atls_process_log_other();
}

static bool starting; /* a thread is at it */

/*
 * Threads that begin at the same time are to be recorded all. But opening libraries waits for the
 * thread that opens one just now, whose constructors may be those that wait here: so a moment is
 * all that this process ever waits, whatever LTTng does meanwhile.
 */
static void wait_for_the_starter(void)
{
	static const struct timespec moment = { .tv_nsec = 1000000 };
	static int left = 100;

	while (__atomic_load_n(&starting, __ATOMIC_ACQUIRE) &&
	       __atomic_fetch_sub(&left, 1, __ATOMIC_RELAXED) > 0)
		syscall(SYS_nanosleep, &moment, NULL);
}

/* Whatever is opened here may come by one of our wrappers. */
static __thread bool inside;

static void make_ready(enum atls_real_number number, void *function, enum atls_readiness wanted)
{
	static const void *refused; /* the last that was another OpenSSL */
	const void *object = atls_object_of(function);

	if (inside || __atomic_load_n(&refused, __ATOMIC_RELAXED) == object)
		return;
	if (__atomic_exchange_n(&starting, true, __ATOMIC_ACQ_REL)) {
		wait_for_the_starter();
		return;
	}
	inside = true;
	if (wanted == ATLS_READY_CRYPTO)
		prefer_the_programs(&number, &function);
	if (!is_ready(wanted))
		prepare(number, function);
	if (!is_ready(wanted)) {
		__atomic_store_n(&refused, object, __ATOMIC_RELAXED);
		note_other();
	}
	inside = false;
	__atomic_store_n(&starting, false, __ATOMIC_RELEASE);
}

/* In place of a function that no OpenSSL of this process has. */
static long nowhere(void)
{
	static bool complained;

	if (!__atomic_exchange_n(&complained, true, __ATOMIC_RELAXED))
		atls_complain("this process calls OpenSSL, but its functions cannot be found");
	return 0;
}

void *atls_instead(const void *caller, enum atls_real_number number, enum atls_readiness wanted)
{
	void *function = atls_caller_calls(caller, number);
	int saved = errno;

	if (!function)
		return (void *)(uintptr_t)nowhere;
	if (!is_ready(wanted))
		make_ready(number, function, wanted);
	errno = saved;
	if (!is_ready(wanted))
		return function;
	if (!atls_real_has(number, function)) {
		note_other();
		return function;
	}
	atls_caller_know(caller, wanted == ATLS_READY_SSL);
	return NULL;
}
