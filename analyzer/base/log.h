/* SPDX-License-Identifier: Apache-2.0 */
/* Messages on stderr; data goes to stdout. */
#pragma once

/*
 * Print "asynctls: error: TEXT\n" (or warning, or just "asynctls: TEXT\n") on stderr. The newline
 * is added here. Colour only on a terminal, and not if NO_COLOR is set. errno is kept. Any thread.
 */
void atls_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void atls_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void atls_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
