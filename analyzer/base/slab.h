/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for many short-lived things of one size: what is given back is used again, last one first.
 */
#pragma once

#include <stddef.h>

struct atls_slab_chunk;
struct atls_slab_item;

/* All zero but for the size, ATLS_SLAB(), is an empty slab. */
struct atls_slab {
	size_t size;
	struct atls_slab_item *unused;
	struct atls_slab_chunk *chunks;
};

#define ATLS_SLAB(type) ((struct atls_slab){ .size = sizeof(type) })

/* A thing, all zero. NULL if there is no memory. */
void *atls_slab_get(struct atls_slab *s);
/* Give it back; NULL is fine. */
void atls_slab_put(struct atls_slab *s, void *thing);
/* Free everything that was ever given out; the slab is empty again. */
void atls_slab_finish(struct atls_slab *s);
