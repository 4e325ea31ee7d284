/* SPDX-License-Identifier: Apache-2.0 */
/* The tables that are filled row by row: names, columns and indices, made from tables.def. */
#pragma once

#include "model/rows.h"
#include "store/rows.h"

/* ATLS_TABLE_job ...: the large tables first. */
enum atls_table_id {
#define ATLS_LARGE(name, table, fields) ATLS_TABLE_##name,
#define ATLS_SMALL(name, table, fields)
#include "store/tables.def"
	ATLS_LARGE_TABLES,
	ATLS_TABLES_BEFORE_SMALL = ATLS_LARGE_TABLES - 1,
#define ATLS_LARGE(name, table, fields)
#define ATLS_SMALL(name, table, fields) ATLS_TABLE_##name,
#include "store/tables.def"
	ATLS_TABLES
};

#define ATLS_MAX_COLUMNS 24

struct atls_table {
	const char *name;
	const char *types;	    /* a letter a column, as atls_sql_insert() takes them */
	const char *const *columns; /* as many names */
};

extern const struct atls_table atls_tables[ATLS_TABLES];

/* ATLS_INDEX_job_ts ...: of the large tables, each of one column. */
enum atls_index_id {
#define ATLS_ROW(name, table, fields)
#define ATLS_INDEX(name, row, column) ATLS_INDEX_##name,
#include "store/tables.def"
	ATLS_INDICES
};

struct atls_index {
	const char *name;
	enum atls_table_id table;
	unsigned column; /* counts from 0 */
};

extern const struct atls_index atls_indices[ATLS_INDICES];
