/* SPDX-License-Identifier: Apache-2.0 */
/* What all wrappers begin with: whether the shim is ready, and has anything to do. */
#pragma once

#include <stdbool.h>

#include "base/config.h"
#include "base/library.h"
#include "base/real.h"
#include "trace/tracer.h"

/* What is ready: libssl may come into the process long after libcrypto. */
enum atls_readiness { ATLS_READY_NOT, ATLS_READY_CRYPTO, ATLS_READY_SSL };

extern enum atls_readiness atls_readiness;

bool atls_make_ready(enum atls_readiness wanted);

/*
 * True once libcrypto's functions are found, the configuration is read and the provider is open;
 * makes it so on the first call. A wrapper for which this is false returns the function's failure
 * value.
 */
static inline bool atls_ready(void)
{
	return __builtin_expect(__atomic_load_n(&atls_readiness, __ATOMIC_ACQUIRE) >=
					ATLS_READY_CRYPTO,
				1) ||
	       atls_make_ready(ATLS_READY_CRYPTO);
}

/* The same for wrappers of libssl's functions. */
static inline bool atls_ready_ssl(void)
{
	return __builtin_expect(
		       __atomic_load_n(&atls_readiness, __ATOMIC_ACQUIRE) >= ATLS_READY_SSL, 1) ||
	       atls_make_ready(ATLS_READY_SSL);
}

/* True if wrappers have anything to do but call the real function. */
static inline bool atls_active(void)
{
	return atls_config.mode != ATLS_MODE_OBSERVE || atls_recording();
}
