/* SPDX-License-Identifier: Apache-2.0 */
/* Findings that are known, and not shown again. */
#pragma once

#include <sqlite3.h>

/*
 * Make the temporary view l_finding: v_finding without what the file names. The file may be NULL.
 * 0, -ENOENT or -EINVAL for the file, worded; or what SQLite says.
 */
int atls_suppress_make_view(sqlite3 *db, const char *file);
