/* SPDX-License-Identifier: Apache-2.0 */
/* Directory trees: removed, or handed over to the caller. */
#pragma once

/* Remove path and all below it; symbolic links are not followed. Returns 0 or -errno. */
int atls_tree_remove(const char *path);
/*
 * Make path and all below it the effective user's own, readable by nobody else: 0700 for
 * directories, 0600 for files. Returns 0 or -errno, having done what could be done.
 */
int atls_tree_take(const char *path);
