/* SPDX-License-Identifier: Apache-2.0 */
/* What all wrappers share. */
#pragma once

#include <stdbool.h>

#include "config.h"
#include "real.h"
#include "tracer.h"

#define EXPORT __attribute__((visibility("default")))

extern bool atls_is_ready;

bool atls_make_ready(void);

/*
 * True once OpenSSL's functions are found, the configuration is read and the provider is open; makes
 * it so on the first call. A wrapper for which this is false returns the function's failure value.
 */
static inline bool atls_ready(void)
{
	return __builtin_expect(__atomic_load_n(&atls_is_ready, __ATOMIC_ACQUIRE), 1) || atls_make_ready();
}

/* True if wrappers have anything to do but call the real function. */
static inline bool atls_active(void)
{
	return atls_config.mode != ATLS_MODE_OBSERVE || atls_recording();
}
