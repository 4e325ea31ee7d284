/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the LTTng provider library offers the shim, which opens it with dlopen and looks up one
 * symbol, asynctls_provider. Any other tracer could offer the same table.
 */
#pragma once

#include "events/trace.h"

/*
 * Raised whenever this structure or the catalogue's order changes; both sides are built together.
 */
#define ATLS_PROVIDER_ABI ATLS_EV_COUNT

struct atls_provider {
	uint32_t abi; /* ATLS_PROVIDER_ABI */
	/* Nonzero while somebody records the event. Read without a lock, from any thread. */
	const int *state[ATLS_EV_COUNT];
	/*
	 * Record one event whose state is nonzero. payload is the event's structure (struct
	 * atls_job_start, ...), the caller's, read before the function returns. Any thread; takes
	 * about 2 KB of stack and no lock; may clobber errno.
	 */
	void (*emit[ATLS_EV_COUNT])(const void *payload);
};
