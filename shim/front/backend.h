/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's back end as the ENGINE module sees it. The module has one of its own, and uses the
 * preloaded shim's instead if that is in the process: one set of workers, one device and one trace
 * then serve both fronts.
 */
#pragma once

#include "engine/offload.h"
#include "spec/spec.h"

/* Changes with the layout of what the two sides share. */
#define ATLS_BACKEND_ABI (1u << 24 | (uint32_t)sizeof(struct atls_task) << 8 | ATLS_EV_COUNT)

struct atls_backend {
	uint32_t abi; /* ATLS_BACKEND_ABI */
	/* False if OpenSSL's functions cannot be found: nothing else may be called. */
	bool (*ready)(void);
	/* See offload.h and task.h; on behalf of the connection whose SSL call the thread is in. */
	bool (*possible)(struct atls_operation what, enum atls_reason *reason);
	enum atls_offload (*offload)(struct atls_task *task, struct atls_operation what,
				     enum atls_reason *reason);
	void (*unref)(struct atls_task *task);
	void (*raise)(const struct atls_errors *errors);
	void (*in_place_begin)(struct atls_in_place *place);
	void (*in_place_end)(const struct atls_in_place *place, struct atls_operation what,
			     enum atls_reason reason);
	/* See device.h. */
	const struct atls_spec *(*spec)(void);
	int (*configure)(const char *words, char *why, size_t size);
};

/* The one that is linked here; the shim exports it. */
extern const struct atls_backend asynctls_backend;
