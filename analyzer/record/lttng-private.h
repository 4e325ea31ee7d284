/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the LTTng session share. */
#pragma once

#include <errno.h>

#include <lttng/lttng.h>

#include "base/log.h"

#define SESSION "asynctls"
#define CHANNEL "asynctls"
#define PROVIDER "asynctls:"

/* Print that a call of liblttng-ctl failed with code. Returns -EIO. */
static inline int atls_lttng_fail(const char *what, int code)
{
	atls_error("lttng: %s: %s", what, lttng_strerror(code < 0 ? code : -code));
	return -EIO;
}
