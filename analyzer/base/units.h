/* SPDX-License-Identifier: Apache-2.0 */
/* Shares and sizes as they are given on the command line; durations are in duration.h. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* "5%" or "5", both 0.05. False, with nothing changed, if it is none. */
bool atls_share_parse(const char *text, double *share);
/* "64k", "1.5M", "2G", powers of 1024; a bare number means bytes. False if it is none or 0. */
bool atls_size_parse(const char *text, uint64_t *bytes);
