/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's back end as a table. */
#include "front/backend.h"

#include "base/conn.h"
#include "base/library.h"
#include "base/thread.h"
#include "engine/device.h"
#include "engine/key.h"
#include "shim.h"

/* The ENGINE that asks may stand on another OpenSSL than the one that is traced. */
static bool ready(void)
{
	return !atls_instead(ATLS_CALLER(), ATLS_REAL_ASYNC_start_job, ATLS_READY_CRYPTO);
}

/*
 * A job of the program's pauses wherever an ENGINE's may: that is what it tests. In one that the
 * bridge has made, only what libssl asks for pauses. The ENGINE's keys know no library context: the
 * thread's has to do.
 */
static bool possible(struct atls_operation what, enum atls_reason *reason)
{
	const struct atls_conn *conn = atls_self.frame.conn;

	if (!atls_offload_possible(conn, what, reason))
		return false;
	*reason = ATLS_REASON_CALLER;
	if (conn && conn->bridge.state == ATLS_BRIDGE_ON &&
	    atls_self.frame.asker != ATLS_ASKER_AGREED)
		return false;
	*reason = ATLS_REASON_LIBRARY_CONTEXT;
	return atls_key_default_context();
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
