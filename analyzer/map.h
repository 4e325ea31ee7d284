/* SPDX-License-Identifier: Apache-2.0 */
/* A hash map from nonzero 64-bit keys to pointers, for whatever the model holds open. */
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

void *atls_map_get(const struct atls_map *m, uint64_t key);
/* Insert or replace. Returns 0 or -ENOMEM. */
int atls_map_put(struct atls_map *m, uint64_t key, void *value);
/* Remove and return the value, or NULL if there is none. */
void *atls_map_take(struct atls_map *m, uint64_t key);
/* Walk over the values: start with *cursor = 0; NULL at the end. No change of the map meanwhile. */
void *atls_map_next(const struct atls_map *m, size_t *cursor);
/* Free the slots; the map is empty again. */
void atls_map_finish(struct atls_map *m);
