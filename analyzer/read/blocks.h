/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events are cleared and copied in blocks of 16 bytes: for their size the compiler's own choice is
 * a string instruction, which costs more than all the rest of decoding one.
 */
#pragma once

#include "events/trace.h"

typedef char atls_block __attribute__((vector_size(16), may_alias, aligned(1)));

static inline void atls_block_copy(void *to, const void *from)
{
	*(atls_block *)to = *(const atls_block *)from;
}

#define ATLS_EVENT_BLOCKS (sizeof(struct atls_event) / 16)
_Static_assert(sizeof(struct atls_event) % 8 == 0, "an event is blocks, and perhaps half a one");

static inline void atls_event_clear(struct atls_event *e)
{
	char *at = (char *)e;

	for (unsigned i = 0; i < ATLS_EVENT_BLOCKS; i++)
		*(atls_block *)(at + 16 * i) = (atls_block){ 0 };
	if (sizeof(*e) % 16) /* the last block overlaps the one before */
		*(atls_block *)(at + sizeof(*e) - 16) = (atls_block){ 0 };
}

static inline void atls_event_copy(struct atls_event *to, const struct atls_event *from)
{
	const char *source = (const char *)from;
	char *at = (char *)to;

	for (unsigned i = 0; i < ATLS_EVENT_BLOCKS; i++)
		atls_block_copy(at + 16 * i, source + 16 * i);
	if (sizeof(*to) % 16)
		atls_block_copy(at + sizeof(*to) - 16, source + sizeof(*to) - 16);
}
