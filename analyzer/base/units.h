/* SPDX-License-Identifier: Apache-2.0 */
/* Times and sizes as they are given on the command line. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* "10s", "1.5ms", "2m", "1h", "250us"; a bare number means seconds. False if it is none, or not > 0. */
bool atls_parse_time(const char *text, int64_t *ns);
/* "64k", "1.5M", "2G", powers of 1024; a bare number means bytes. False if it is none, or not > 0. */
bool atls_parse_size(const char *text, uint64_t *bytes);
