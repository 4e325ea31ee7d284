/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Durations as text: "150us", "1.5ms", "10min".
 *
 * DIGITS or DIGITS.DIGITS, at once followed by one of ns, us, µs, ms, s, m, min, h. A unit is
 * always required, and the locale does not count. tests/data/durations.txt lists what is a
 * duration.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The duration that text means, rounded to whole ns. Any thread. False, with *ns unchanged, if it
 * means none.
 */
bool atls_duration_parse(const char *text, int64_t *ns);
/* The same for the first length bytes of text. */
bool atls_duration_parse_n(const char *text, size_t length, int64_t *ns);
