/* SPDX-License-Identifier: Apache-2.0 */
/* Emits events through the provider library, if there is one and somebody records. */
#pragma once

#include <stdbool.h>

#include "events/trace.h"

/* Points at the tracer's "recorded" flag of each event, or at a constant 0 without a provider. */
extern const int *atls_recorded_flag[ATLS_EV_COUNT];

static inline bool atls_recorded(enum atls_event_id id)
{
	return __builtin_expect(*atls_recorded_flag[id] != 0, 0);
}

/* True while this process is recorded: every recording has the `thread` event. */
static inline bool atls_recording(void)
{
	return atls_recorded(ATLS_EV_thread);
}

/*
 * Record one event; payload is its structure, read before this returns. Keeps errno, takes no lock,
 * needs about 2 KB of stack. Use ATLS_EMIT, which costs one load and a branch when not recorded.
 */
void atls_emit(enum atls_event_id id, const void *payload);

#define ATLS_EMIT(event, ...)                                                                    \
	do {                                                                                     \
		if (atls_recorded(ATLS_EV_##event))                                              \
			atls_emit(ATLS_EV_##event, &(const struct atls_##event){ __VA_ARGS__ }); \
	} while (0)

/*
 * Open the provider that lies beside the shim and make it survive fork. env_copy holds the
 * NULL-terminated LTTNG_* and HOME strings as they were at start, in memory that lives for ever:
 * LTTng keeps pointers to them, and servers overwrite their environment to set their title.
 * A failure prints one line and leaves everything unrecorded. Call once.
 */
void atls_tracer_open(char *const *env_copy);
