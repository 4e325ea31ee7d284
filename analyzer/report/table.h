/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a query as a table for people, as CSV, or as JSON. */
#pragma once

#include <sqlite3.h>
#include <stdio.h>

enum atls_table_format {
	/*
	 * Aligned; numbers of columns whose name ends in _ns are durations and lose the ending,
	 * those called share or ending in _share are percentages, other integers have thousands
	 * apart.
	 */
	ATLS_TABLE_TEXT,
	ATLS_TABLE_RAW,	 /* aligned, values as they are */
	ATLS_TABLE_CSV,	 /* RFC 4180, with a line of names */
	ATLS_TABLE_JSON, /* an array of objects, without a newline at the end */
};

/* Step through the statement and print all. Returns the number of rows or -errno, worded. */
int atls_table_print(FILE *out, sqlite3_stmt *s, enum atls_table_format format);
/* The same of a query that has no parameters. */
int atls_table_query(FILE *out, sqlite3 *db, const char *sql, enum atls_table_format format);
