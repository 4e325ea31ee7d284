/* SPDX-License-Identifier: Apache-2.0 */
/* The shim's only words to the user. */
#pragma once

/*
 * One line on stderr, "asynctls: ...". Keeps errno. For failures that turn something of ours off.
 */
void atls_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
