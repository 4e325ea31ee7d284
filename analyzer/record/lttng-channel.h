/* SPDX-License-Identifier: Apache-2.0 */
/* The channel of an LTTng session, its events and their context. */
#pragma once

#include <stdint.h>

#include <lttng/lttng.h>

#include "record/lttng-plan.h"

/* Events that were not recorded, as the session daemon counts them. */
struct atls_loss {
	uint64_t events;  /* discarded, as sub-buffers were full */
	uint64_t packets; /* lost, whole sub-buffers */
};

/* Add the channel with its events. Returns 0, or -errno with a message. */
int atls_lttng_channel_add(struct lttng_handle *handle, struct lttng_domain *ust,
			   const struct atls_lttng_plan *plan);
/* Count what the channel has lost so far. */
void atls_lttng_channel_loss(struct lttng_handle *handle, struct atls_loss *loss);
