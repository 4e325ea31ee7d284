/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's back end as a table. */
#include "front/backend.h"

#include "base/library.h"
#include "base/thread.h"
#include "engine/device.h"
#include "shim.h"

/* The ENGINE that asks may stand on another OpenSSL than the one that is traced. */
static bool ready(void)
{
	return !atls_instead(ATLS_CALLER(), ATLS_REAL_ASYNC_start_job, ATLS_READY_CRYPTO);
}

static bool possible(struct atls_operation what, enum atls_reason *reason)
{
	return atls_offload_possible(atls_self.frame.conn, what, reason);
}

static enum atls_offload offload(struct atls_task *task, struct atls_operation what,
				 enum atls_reason *reason)
{
	return atls_offload(atls_self.frame.conn, task, what, reason);
}

static void in_place_begin(struct atls_in_place *place)
{
	atls_in_place_begin(atls_self.frame.conn, place);
}

static void in_place_end(const struct atls_in_place *place, struct atls_operation what,
			 enum atls_reason reason)
{
	atls_in_place_end(atls_self.frame.conn, place, what, reason);
}

EXPORT const struct atls_backend asynctls_backend = {
	.abi = ATLS_BACKEND_ABI,
	.ready = ready,
	.possible = possible,
	.offload = offload,
	.unref = atls_task_unref,
	.raise = atls_errors_raise,
	.in_place_begin = in_place_begin,
	.in_place_end = in_place_end,
	.spec = atls_device_spec,
	.configure = atls_device_configure,
};
