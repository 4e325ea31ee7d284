/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's clocks. */
#pragma once

#include <stdint.h>
#include <time.h>

/* The time of a clock, ns. */
static inline int64_t atls_clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* CLOCK_MONOTONIC, ns. */
static inline int64_t atls_clock_now(void)
{
	return atls_clock_ns(CLOCK_MONOTONIC);
}

/* Sleep for less than a second; a signal that is handled ends it early. */
static inline void atls_clock_sleep(int ms)
{
	const struct timespec pause = { .tv_nsec = ms * 1000000L };

	nanosleep(&pause, NULL);
}
