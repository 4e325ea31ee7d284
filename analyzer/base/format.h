/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and texts for people. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Room for one formatted number. Functions return buf, so that they can stand in an argument list.
 */
typedef char atls_text[32];

/* A duration with three digits and its unit: "870 ns", "12.3 us", "1.23 ms", "4.56 s". */
const char *atls_format_ns(atls_text buf, int64_t ns);
/* A count with thousands apart: "12,345". */
const char *atls_format_count(atls_text buf, int64_t count);
/* "a job", "2 jobs": the count with its noun, whose plural is noun + "s". */
const char *atls_format_noun(atls_text buf, int64_t count, const char *noun);
/* text ("" for NULL) without control characters, cut to what fits into size. */
const char *atls_format_plain(char *buf, size_t size, const char *text);
