/* SPDX-License-Identifier: Apache-2.0 */
/* Prepared INSERTs for the tables of tables.h, and a function for each kind of row. */
#pragma once

#include <sqlite3.h>

#include "base/sqlite.h"
#include "store/tables.h"

/* With nothing but db it is ready; statements are prepared when they are first used. */
struct atls_inserts {
	sqlite3 *db;
	sqlite3_stmt *of[ATLS_TABLES];
};

/* Before the database is closed. Fine on one that is all zero. */
void atls_inserts_finish(struct atls_inserts *i);

/*
 * A row as values in the order of the columns; of a large table, as integers. Returns 0 or -errno,
 * worded.
 */
int atls_insert(struct atls_inserts *i, enum atls_table_id table,
		const union atls_sql_value *values);
int atls_insert_integers(struct atls_inserts *i, enum atls_table_id table, const int64_t *values);

/*
 * int atls_insert_job(struct atls_inserts *i, const struct atls_row_job *row), and so on for each
 * row.
 */
#define ATLS_ROW(name, table, fields) \
	int atls_insert_##name(struct atls_inserts *i, const struct atls_row_##name *row);
#include "store/tables.def"

/* ATLS_INSERT(i, measure, .metric = 1, .n = 2) inserts a row whose other fields are 0. */
#define ATLS_INSERT(i, name, ...) \
	atls_insert_##name(i, &(const struct atls_row_##name){ __VA_ARGS__ })
