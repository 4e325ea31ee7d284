/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for many short-lived things of one size: slabs, and a list of what is unused in them. */
#include "pool.h"

#include <stdlib.h>
#include <string.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

#define SLAB 64 /* things */
#define ALIGN 16

struct atls_pool_item {
	struct atls_pool_item *next;
};

struct atls_pool_slab {
	struct atls_pool_slab *next;
	max_align_t things[];
};

static size_t stride(const struct atls_pool *p)
{
	return (p->size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

void atls_pool_put(struct atls_pool *p, void *thing)
{
	struct atls_pool_item *item = thing;

	if (!item)
		return;
	item->next = p->unused;
	p->unused = item;
	ASAN_POISON_MEMORY_REGION(item, stride(p));
}

static int grow(struct atls_pool *p)
{
	struct atls_pool_slab *s = malloc(sizeof(*s) + SLAB * stride(p));

	if (!s)
		return -1;
	s->next = p->slabs;
	p->slabs = s;
	for (size_t i = SLAB; i--;)
		atls_pool_put(p, (char *)s->things + i * stride(p));
	return 0;
}

void *atls_pool_get(struct atls_pool *p)
{
	struct atls_pool_item *item;

	if (!p->unused && grow(p))
		return NULL;
	item = p->unused;
	ASAN_UNPOISON_MEMORY_REGION(item, stride(p));
	p->unused = item->next;
	return memset(item, 0, p->size);
}

void atls_pool_finish(struct atls_pool *p)
{
	while (p->slabs) {
		struct atls_pool_slab *next = p->slabs->next;

		ASAN_UNPOISON_MEMORY_REGION(p->slabs->things, SLAB * stride(p));
		free(p->slabs);
		p->slabs = next;
	}
	p->unused = NULL;
}
