/* SPDX-License-Identifier: Apache-2.0 */
/* The environment of a server that is to be recorded later, as text. */
#pragma once

#include "record/options.h"
#include "record/place.h"

/* Print it for a shell, systemd or docker. shim is the library's path, without spaces or colons. */
void atls_preload_print(const char *format, const struct atls_shim_options *o,
			const struct atls_place *place, const char *shim);
