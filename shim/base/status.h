/* SPDX-License-Identifier: Apache-2.0 */
/* What the shim shows of itself to `asynctls doctor PID`, which reads it from outside. */
#pragma once

#include "events/trace.h"

/* Found by its name. Its flags only ever rise. */
extern struct atls_shim_status asynctls_shim_status;

/* Set one of its flags, for good; any thread may, and all do. */
static inline void atls_status_raise(uint8_t *flag)
{
	if (!__atomic_load_n(flag, __ATOMIC_RELAXED))
		__atomic_store_n(flag, 1, __ATOMIC_RELAXED);
}
