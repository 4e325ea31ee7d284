/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's back end as a table. */
#include "engine/backend.h"

#include "engine/device.h"
#include "shim.h"

static bool ready(void)
{
	return atls_ready();
}

EXPORT const struct atls_backend asynctls_backend = {
	.abi = ATLS_BACKEND_ABI,
	.ready = ready,
	.possible = atls_offload_possible,
	.offload = atls_offload,
	.unref = atls_task_unref,
	.raise = atls_errors_raise,
	.in_place_begin = atls_in_place_begin,
	.in_place_end = atls_in_place_end,
	.spec = atls_device_spec,
	.configure = atls_device_configure,
};
