/* SPDX-License-Identifier: Apache-2.0 */
/* Which processors the engine's threads run on. */
#include "engine/placement.h"

#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As the kernel has it; of any number of processors up to these. */
static uint64_t at_load[ATLS_SPEC_MAX_CPUS / 64];
static bool known;

__attribute__((constructor)) static void note(void)
{
	known = syscall(SYS_sched_getaffinity, 0, sizeof(at_load), at_load) > 0;
}

void atls_placement_apply(const struct atls_spec *spec)
{
	bool asked = false;

	for (size_t i = 0; i < ATLS_SPEC_MAX_CPUS / 64; i++)
		asked |= spec->cpus[i] != 0;
	if (asked || known)
		syscall(SYS_sched_setaffinity, 0, sizeof(at_load), asked ? spec->cpus : at_load);
}
