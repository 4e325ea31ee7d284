/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for many short-lived things of one size: chunks, and a list of what is unused in them. */
#include "base/slab.h"

#include <stdlib.h>
#include <string.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

#define CHUNK 64 /* things */
#define ALIGN 16

struct atls_slab_item {
	struct atls_slab_item *next;
};

struct atls_slab_chunk {
	struct atls_slab_chunk *next;
	max_align_t things[];
};

static size_t stride(const struct atls_slab *s)
{
	return (s->size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

void atls_slab_put(struct atls_slab *s, void *thing)
{
	struct atls_slab_item *item = thing;

	if (!item)
		return;
	item->next = s->unused;
	s->unused = item;
	ASAN_POISON_MEMORY_REGION(item, stride(s));
}

static int grow(struct atls_slab *s)
{
	struct atls_slab_chunk *chunk = malloc(sizeof(*chunk) + CHUNK * stride(s));

	if (!chunk)
		return -1;
	chunk->next = s->chunks;
	s->chunks = chunk;
	for (size_t i = CHUNK; i--;)
		atls_slab_put(s, (char *)chunk->things + i * stride(s));
	return 0;
}

void *atls_slab_get(struct atls_slab *s)
{
	struct atls_slab_item *item;

	if (!s->unused && grow(s))
		return NULL;
	item = s->unused;
	ASAN_UNPOISON_MEMORY_REGION(item, stride(s));
	s->unused = item->next;
	return memset(item, 0, s->size);
}

void atls_slab_finish(struct atls_slab *s)
{
	while (s->chunks) {
		struct atls_slab_chunk *next = s->chunks->next;

		ASAN_UNPOISON_MEMORY_REGION(s->chunks->things, CHUNK * stride(s));
		free(s->chunks);
		s->chunks = next;
	}
	s->unused = NULL;
}
