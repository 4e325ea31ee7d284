/* SPDX-License-Identifier: Apache-2.0 */
/* The sections that a report can have beside its first page. sections.sql has their queries. */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>

#include "report/table.h"

/* Names without "--", NULL at the end; their order is that in which they are printed. */
extern const char *const atls_sections[];
#define ATLS_NSECTIONS 13

/* Make the views; those of the filter must be there. 0 or -errno, worded. */
int atls_sections_make_views(sqlite3 *db);
/*
 * Print the wanted ones. sort is a column of theirs or NULL; limit is 0 for the usual number of rows.
 * 0, -EINVAL (no such column) or -errno, worded.
 */
int atls_sections_print(sqlite3 *db, const bool wanted[ATLS_NSECTIONS], const char *sort, int limit,
			enum atls_table_format format);
