/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notes that this process exists in a file of the recorder's, which ASYNCTLS_SEEN names: so that a
 * process of which nothing is recorded differs from one that never was. Without the variable:
 * nothing.
 */
#pragma once

#include <stdbool.h>

/* The shim is loaded. path is copied; NULL or too long: nothing is written, now or later. */
void atls_process_log_open(const char *path);
/* Another OpenSSL than the one that is traced is used, too. */
void atls_process_log_other(void);
/* OpenSSL is used, in this process or in the one that it was forked from. */
void atls_process_log_tls(bool recorded);
