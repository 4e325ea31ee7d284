/* SPDX-License-Identifier: Apache-2.0 */
/* Directories with all below them: removed, handed over, measured. */
#pragma once

#include <stdint.h>

/* Remove path and all below it; symbolic links are not followed. Returns 0 or -errno. */
int atls_directory_remove(const char *path);
/*
 * Give path and all below it to the effective user, readable by nobody else: 0700 for directories,
 * 0600 for files. Goes on after an error; returns 0 or -errno.
 */
int atls_directory_own(const char *path);
/* Bytes of all files below path. */
uint64_t atls_directory_size(const char *path);
