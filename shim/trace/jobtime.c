/* SPDX-License-Identifier: Apache-2.0 */
/* How long jobs take, for the recorder's triggers. */
#include "trace/jobtime.h"

#include <stdatomic.h>
#include <time.h>

#include "trace/tracer.h"

/*
 * A slot for each of so many jobs in flight, by the lower bits of the id. It holds the upper bits
 * and the start:
 *
 *    63            45 44               0
 *   |  id / SLOTS    |  start, us       |
 *
 * Of two jobs that want the same slot, the earlier one is forgotten.
 */
#define SLOTS 8192
#define TIME_MASK ((1ULL << 45) - 1)

static _Atomic uint64_t slots[SLOTS];

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (t.tv_sec * 1000000ULL + t.tv_nsec / 1000) & TIME_MASK;
}

void atls_jobtime_start(uint32_t id)
{
	if (atls_recorded(ATLS_EV_job_time))
		atomic_store_explicit(&slots[id % SLOTS], (uint64_t)(id / SLOTS) << 45 | now_us(),
				      memory_order_relaxed);
}

void atls_jobtime_end(uint32_t id)
{
	uint64_t slot, us;

	if (!atls_recorded(ATLS_EV_job_time))
		return;
	slot = atomic_load_explicit(&slots[id % SLOTS], memory_order_relaxed);
	if (!slot || slot >> 45 != id / SLOTS)
		return;
	us = now_us() - (slot & TIME_MASK);
	ATLS_EMIT(job_time, .job = id, .dur_us = us > UINT32_MAX ? UINT32_MAX : us);
}
