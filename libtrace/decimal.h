/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers with a fraction as text, whatever the locale. */
#pragma once

#include <stdbool.h>

/*
 * The number that text begins with, DIGITS or DIGITS.DIGITS in any locale; *end is what follows it.
 * False, with nothing changed, if it begins with none. Any thread.
 */
bool atls_decimal_parse(const char *text, double *value, const char **end);
