/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a damaged trace readable: cuts its streams after their last whole packet. */
#pragma once

#include <stdint.h>

/*
 * Cut every stream below ctf_dir whose writing was interrupted, and its index, in place. Returns
 * the number of bytes cut off, or -errno.
 */
int64_t atls_trace_repair(const char *ctf_dir);
