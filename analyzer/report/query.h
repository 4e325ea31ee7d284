/* SPDX-License-Identifier: Apache-2.0 */
/* SQL over a recording's views, for reading only. */
#pragma once

#include <sqlite3.h>

#include "report/table.h"

/* SQL that lists the views with their columns. */
extern const char atls_query_views[];

/*
 * Run statements one after the other and print their rows on stdout. 0, -EINVAL for SQL that is not
 * understood or would write, or -errno; worded.
 */
int atls_query(sqlite3 *db, const char *sql, enum atls_table_format format);
