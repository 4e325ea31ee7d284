/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A map from pointers to 64-bit values that any thread may use without a lock: open addressing over
 * slots that are claimed by compare-and-swap, in a chain of tables of which each is twice as large
 * as the one before.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct atls_ptrmap_table;

struct atls_ptrmap {
	_Atomic(struct atls_ptrmap_table *) newest;
};

#define ATLS_PTRMAP_INIT \
	{                \
		NULL     \
	}

/* True if nothing was ever put in, which makes looking things up free. */
static inline bool atls_ptrmap_unused(struct atls_ptrmap *map)
{
	return !atomic_load_explicit(&map->newest, memory_order_acquire);
}

/* The value of key, or 0. */
uint64_t atls_ptrmap_get(struct atls_ptrmap *map, const void *key);
/*
 * Set the value (not 0) of key (not NULL). Two threads must not put the same key at once, which
 * holds where the key is a live object of one of them. Returns false when out of memory.
 */
bool atls_ptrmap_put(struct atls_ptrmap *map, const void *key, uint64_t value);
/* Remove key and return its value, or 0 if it was not there. */
uint64_t atls_ptrmap_take(struct atls_ptrmap *map, const void *key);
/* Set the value of key to 0, but keep its place: for keys that come back. */
void atls_ptrmap_clear(struct atls_ptrmap *map, const void *key);
