/* SPDX-License-Identifier: Apache-2.0 */
/* libbabeltrace2's errors in one line. */
#pragma once

#include <stddef.h>

/*
 * Take the current thread's error, if there is one, and word it: the file if it is named, the
 * reason.
 */
void atls_bt2_take_error(char *buf, size_t size);
