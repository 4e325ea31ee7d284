/* SPDX-License-Identifier: Apache-2.0 */
/* One sink in front of several: each row goes to all of them, in the order of the list. */
#pragma once

#include "model/model.h"

#define ATLS_FAN_SINKS 4

/* All zero has no sink yet. */
struct atls_fan {
	/* For the model, with the fan as its context: a function is NULL where it is in all sinks. */
	struct atls_sink sink;
	struct {
		const struct atls_sink *sink;
		void *ctx;
	} to[ATLS_FAN_SINKS];
	unsigned n;
};

/* Before the model is made; at most ATLS_FAN_SINKS. sink and ctx must outlive the fan. */
void atls_fan_add(struct atls_fan *f, const struct atls_sink *sink, void *ctx);
