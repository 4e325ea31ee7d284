/* SPDX-License-Identifier: Apache-2.0 */
/* Where the parts of asynctls lie: in the build tree when run from there, else where installed. */
#pragma once

#include <stddef.h>

/* The folder of a recording, by default. */
#define ATLS_DATA_DEFAULT "asynctls.data"

/* The shim to preload, as an absolute path in buf. Returns 0, or -ENOENT if it is not there. */
int atls_path_shim(char *buf, size_t size);
/* The folder that holds the Python package asynctls_dashboards. As above. */
int atls_path_dashboards(char *buf, size_t size);
