/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for many short-lived things of one size: what is given back is used again, last one first. */
#pragma once

#include <stddef.h>

struct atls_pool_slab;
struct atls_pool_item;

/* All zero but for the size, ATLS_POOL(), is an empty pool. */
struct atls_pool {
	size_t size;
	struct atls_pool_item *unused;
	struct atls_pool_slab *slabs;
};

#define ATLS_POOL(type) ((struct atls_pool){ .size = sizeof(type) })

/* A thing, all zero. NULL if there is no memory. */
void *atls_pool_get(struct atls_pool *p);
/* Give it back; NULL is fine. */
void atls_pool_put(struct atls_pool *p, void *thing);
/* Free everything that was ever given out; the pool is empty again. */
void atls_pool_finish(struct atls_pool *p);
