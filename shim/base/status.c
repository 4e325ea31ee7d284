/* SPDX-License-Identifier: Apache-2.0 */
/* What the shim shows of itself to `asynctls doctor PID`. */
#include "base/status.h"

#include "base/library.h"

EXPORT struct atls_shim_status asynctls_shim_status = { .magic = "asynctls",
							.abi = ATLS_SHIM_STATUS_ABI };
