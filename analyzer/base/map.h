/* SPDX-License-Identifier: Apache-2.0 */
/* A hash map from nonzero 64-bit keys to pointers. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct atls_map_slot {
	uint64_t key; /* 0: free */
	void *value;
};

/* All zero is an empty map. The values stay the caller's. */
struct atls_map {
	struct atls_map_slot *slots;
	size_t size; /* a power of two, or 0 */
	size_t used;
};

static inline size_t atls_map_home(const struct atls_map *m, uint64_t key)
{
	key ^= key >> 32;
	key *= 0x9e3779b97f4a7c15u;
	return (key >> 32) & (m->size - 1);
}

/* The slot of key, or the free one where it would go. The map is not empty of slots. */
static inline struct atls_map_slot *atls_map_find(const struct atls_map *m, uint64_t key)
{
	size_t i = atls_map_home(m, key);

	while (m->slots[i].key && m->slots[i].key != key)
		i = (i + 1) & (m->size - 1);
	return &m->slots[i];
}

/* Inline, as most of the events look up two or three. */
static inline void *atls_map_get(const struct atls_map *m, uint64_t key)
{
	return m->size ? atls_map_find(m, key)->value : NULL;
}

/* Insert or replace. Returns 0 or -ENOMEM. */
int atls_map_put(struct atls_map *m, uint64_t key, void *value);
/* Remove and return the value, or NULL if there is none. */
void *atls_map_take(struct atls_map *m, uint64_t key);
/* Walk over the values: start with *cursor = 0; NULL at the end. No change of the map meanwhile. */
void *atls_map_next(const struct atls_map *m, size_t *cursor);
/* Free the slots; the map is empty again. */
void atls_map_finish(struct atls_map *m);
/* The same, and free the values as well, which malloc made. */
void atls_map_free(struct atls_map *m);
