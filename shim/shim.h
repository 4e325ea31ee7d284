/* SPDX-License-Identifier: Apache-2.0 */
/* What all wrappers begin with: whether the shim is ready, and has anything to do. */
#pragma once

#include <stdbool.h>

#include "base/caller.h"
#include "base/config.h"
#include "base/library.h"
#include "base/real.h"
#include "trace/tracer.h"

/* What is ready: libssl may come into the process long after libcrypto. */
enum atls_readiness { ATLS_READY_NOT, ATLS_READY_CRYPTO, ATLS_READY_SSL };

extern enum atls_readiness atls_readiness;

/*
 * What the wrapper of the function of that number is to do for caller: NULL if it is its own
 * affair, else the function to call instead, and nothing more. The first call finds OpenSSL's
 * functions, reads the configuration and opens the provider; a call that comes meanwhile, on
 * another thread or on the way, goes past us, as does one for another OpenSSL than the one that is
 * traced. Slow: call only when atls_caller_is_known is false.
 */
void *atls_instead(const void *caller, enum atls_real_number number, enum atls_readiness wanted);

/* What all wrappers begin with. name is the wrapper's, then come its arguments. */
#define ATLS_BEGIN(wanted, name, ...)                                                         \
	do {                                                                                  \
		if (__builtin_expect(                                                         \
			    !atls_caller_is_known(ATLS_CALLER(), (wanted) == ATLS_READY_SSL), \
			    0)) {                                                             \
			__typeof__(&name) instead = (__typeof__(&name))atls_instead(          \
				ATLS_CALLER(), ATLS_REAL_##name, wanted);                     \
			if (instead)                                                          \
				return instead(__VA_ARGS__);                                  \
		}                                                                             \
	} while (0)
#define ATLS_BEGIN_CRYPTO(...) ATLS_BEGIN(ATLS_READY_CRYPTO, __VA_ARGS__)
#define ATLS_BEGIN_SSL(...) ATLS_BEGIN(ATLS_READY_SSL, __VA_ARGS__)

/* True if wrappers have anything to do but call the real function. */
static inline bool atls_active(void)
{
	return atls_config.mode != ATLS_MODE_OBSERVE || atls_recording();
}
