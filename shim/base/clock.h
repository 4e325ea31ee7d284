/* SPDX-License-Identifier: Apache-2.0 */
/* The clock of the trace. */
#pragma once

#include <stdint.h>
#include <time.h>

/* CLOCK_MONOTONIC, ns. Any thread, signal-safe. */
static inline int64_t atls_clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
