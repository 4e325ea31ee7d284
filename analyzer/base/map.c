/* SPDX-License-Identifier: Apache-2.0 */
/* A hash map from nonzero 64-bit keys to pointers: open addressing, linear probing. */
#include "base/map.h"

#include <errno.h>
#include <stdlib.h>

static int grow(struct atls_map *m)
{
	struct atls_map bigger = { .size = m->size ? m->size * 2 : 64, .used = m->used };

	bigger.slots = calloc(bigger.size, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < m->size; i++)
		if (m->slots[i].key)
			*atls_map_find(&bigger, m->slots[i].key) = m->slots[i];
	free(m->slots);
	*m = bigger;
	return 0;
}

int atls_map_put(struct atls_map *m, uint64_t key, void *value)
{
	struct atls_map_slot *s;

	if (m->used * 2 >= m->size && grow(m))
		return -ENOMEM;
	s = atls_map_find(m, key);
	m->used += !s->key;
	s->key = key;
	s->value = value;
	return 0;
}

/* Close the hole at i, so that no probe ends early: later slots of its run move up. */
static void close_hole(struct atls_map *m, size_t i)
{
	size_t mask = m->size - 1;

	for (size_t j = (i + 1) & mask; m->slots[j].key; j = (j + 1) & mask) {
		if (((j - atls_map_home(m, m->slots[j].key)) & mask) < ((j - i) & mask))
			continue;
		m->slots[i] = m->slots[j];
		i = j;
	}
	m->slots[i] = (struct atls_map_slot){ 0 };
}

void *atls_map_take(struct atls_map *m, uint64_t key)
{
	struct atls_map_slot *s = m->size ? atls_map_find(m, key) : NULL;
	void *value;

	if (!s || !s->key)
		return NULL;
	value = s->value;
	m->used--;
	close_hole(m, s - m->slots);
	return value;
}

void *atls_map_next(const struct atls_map *m, size_t *cursor)
{
	while (*cursor < m->size) {
		struct atls_map_slot *s = &m->slots[(*cursor)++];

		if (s->key)
			return s->value;
	}
	return NULL;
}

void atls_map_finish(struct atls_map *m)
{
	free(m->slots);
	*m = (struct atls_map){ 0 };
}

void atls_map_free(struct atls_map *m)
{
	size_t cursor = 0;
	void *value;

	while ((value = atls_map_next(m, &cursor)))
		free(value);
	atls_map_finish(m);
}
