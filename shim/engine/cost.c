/* SPDX-License-Identifier: Apache-2.0 */
/* What operations cost: a small table of kinds, each with the least of its first few times. */
#include "engine/cost.h"

#include <stdatomic.h>
#include <time.h>

#define MAX_KINDS 64
#define ENOUGH 4 /* the first is slow, as libcrypto prepares itself and the key */

/*
 *   kind[]:  0 or a kind's key, claimed once by compare-and-swap; times and counts beside it
 */
static struct {
	_Atomic uint32_t key;
	_Atomic uint32_t count;
	_Atomic uint64_t least_ns; /* 0 until the first */
} kinds[MAX_KINDS];

static uint32_t key_of(struct atls_operation what)
{
	return 1u << 31 | (uint32_t)what.crypto << 24 | (uint32_t)what.alg << 16 | what.bits;
}

/* The slot of a kind, or -1: not there, or the table is full. */
static int find(uint32_t key, bool add)
{
	for (uint32_t i = 0, at = key % MAX_KINDS; i < MAX_KINDS; i++, at = (at + 1) % MAX_KINDS) {
		uint32_t found = atomic_load(&kinds[at].key);

		if (!found && !add)
			return -1;
		if (!found && atomic_compare_exchange_strong(&kinds[at].key, &found, key))
			return (int)at;
		if (found == key)
			return (int)at;
	}
	return -1;
}

uint64_t atls_cost_clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void atls_cost_note(struct atls_operation what, uint64_t ns)
{
	int at = find(key_of(what), true);
	uint64_t least;

	if (at < 0 || atomic_load(&kinds[at].count) >= ENOUGH)
		return;
	least = atomic_load(&kinds[at].least_ns);
	while ((!least || ns < least) &&
	       !atomic_compare_exchange_weak(&kinds[at].least_ns, &least, ns))
		;
	atomic_fetch_add(&kinds[at].count, 1);
}

bool atls_cost_known(struct atls_operation what)
{
	int at = find(key_of(what), false);

	return at >= 0 && atomic_load(&kinds[at].count) >= ENOUGH;
}

bool atls_cost_below(struct atls_operation what, uint64_t limit_ns)
{
	int at = limit_ns ? find(key_of(what), false) : -1;

	return at >= 0 && atomic_load(&kinds[at].count) >= ENOUGH &&
	       atomic_load(&kinds[at].least_ns) < limit_ns;
}
