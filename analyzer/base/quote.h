/* SPDX-License-Identifier: Apache-2.0 */
/* Words of a shell. */
#pragma once

#include <stddef.h>

/*
 * text as one word of a POSIX shell, in quotes if it needs them; cut if it does not fit. Returns
 * buf.
 */
const char *atls_quote(char *buf, size_t size, const char *text);
