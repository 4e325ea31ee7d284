/* SPDX-License-Identifier: Apache-2.0 */
/* A lock-free map from pointers to values. */
#include "base/ptrmap.h"

#include <stdlib.h>

#define FIRST_SLOTS 1024
/* A put that finds no slot within so many steps goes to the next, larger table. */
#define MAX_PROBES 16

struct slot {
	_Atomic uintptr_t key; /* 0: never used; REMOVED: free again, but probing goes on past it */
	_Atomic uint64_t value;
};

struct atls_ptrmap_table {
	struct atls_ptrmap_table *older; /* constant; half the size */
	size_t nslots;			 /* a power of two */
	struct slot slots[];
};

#define REMOVED 1

static size_t home_of(const struct atls_ptrmap_table *table, uintptr_t key)
{
	/* Fibonacci hashing: the low bits of pointers say little. */
	return (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (table->nslots - 1);
}

static struct slot *probe(struct atls_ptrmap_table *table, uintptr_t key, int step)
{
	return &table->slots[(home_of(table, key) + step) & (table->nslots - 1)];
}

static struct slot *find(struct atls_ptrmap *map, uintptr_t key)
{
	struct atls_ptrmap_table *table = atomic_load_explicit(&map->newest, memory_order_acquire);

	for (; table; table = table->older)
		for (int step = 0; step < MAX_PROBES; step++) {
			struct slot *slot = probe(table, key, step);
			uintptr_t found = atomic_load_explicit(&slot->key, memory_order_acquire);

			if (found == key)
				return slot;
			if (!found)
				break;
		}
	return NULL;
}

static struct slot *claim(struct atls_ptrmap_table *table, uintptr_t key)
{
	for (int step = 0; step < MAX_PROBES; step++) {
		struct slot *slot = probe(table, key, step);
		uintptr_t found = atomic_load_explicit(&slot->key, memory_order_relaxed);

		if (found <= REMOVED && atomic_compare_exchange_strong(&slot->key, &found, key))
			return slot;
	}
	return NULL;
}

/*
 * Put a table twice as large in front. If another thread does so first, its table serves as well.
 */
static bool grow(struct atls_ptrmap *map, struct atls_ptrmap_table *newest)
{
	size_t nslots = newest ? newest->nslots * 2 : FIRST_SLOTS;
	struct atls_ptrmap_table *table =
		calloc(1, sizeof(*table) + nslots * sizeof(table->slots[0]));

	if (!table)
		return false;
	table->older = newest;
	table->nslots = nslots;
	if (!atomic_compare_exchange_strong(&map->newest, &newest, table))
		free(table);
	return true;
}

uint64_t atls_ptrmap_get(struct atls_ptrmap *map, const void *key)
{
	struct slot *slot = find(map, (uintptr_t)key);

	return slot ? atomic_load_explicit(&slot->value, memory_order_acquire) : 0;
}

bool atls_ptrmap_put(struct atls_ptrmap *map, const void *key, uint64_t value)
{
	struct slot *slot = find(map, (uintptr_t)key);

	while (!slot) {
		struct atls_ptrmap_table *newest = atomic_load(&map->newest);

		slot = newest ? claim(newest, (uintptr_t)key) : NULL;
		if (!slot && !grow(map, newest))
			return false;
	}
	atomic_store_explicit(&slot->value, value, memory_order_release);
	return true;
}

uint64_t atls_ptrmap_take(struct atls_ptrmap *map, const void *key)
{
	struct slot *slot = find(map, (uintptr_t)key);
	uint64_t value;

	if (!slot)
		return 0;
	value = atomic_exchange(&slot->value, 0);
	atomic_store_explicit(&slot->key, REMOVED, memory_order_release);
	return value;
}

void atls_ptrmap_clear(struct atls_ptrmap *map, const void *key)
{
	struct slot *slot = find(map, (uintptr_t)key);

	if (slot)
		atomic_store_explicit(&slot->value, 0, memory_order_release);
}
