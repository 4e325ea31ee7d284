/* SPDX-License-Identifier: Apache-2.0 */
/* Small helpers over SQLite: every result is checked here, and worded once. */
#pragma once

#include <sqlite3.h>
#include <stdint.h>

/* 0 if rc is a success (OK, ROW, DONE); else says what failed on which file, and returns -errno. */
int atls_sql_check(sqlite3 *db, int rc);
/* Run statements that yield nothing. */
int atls_sql_exec(sqlite3 *db, const char *sql);
int atls_sql_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **stmt);
/* 1 if there is a row, 0 at the end, -errno. */
int atls_sql_step(sqlite3_stmt *stmt);
/* A value of a row to insert; which member it is stands elsewhere. */
union atls_sql_value {
	int64_t number;	  /* ATLS_NULL: NULL */
	const char *text; /* NULL: NULL */
};

/*
 * Run an INSERT with one value for each letter of types, 'i' for a number or 't' for a text, and
 * make it ready for the next row. Returns 0 or -errno.
 */
int atls_sql_insert(sqlite3_stmt *stmt, const char *types, const union atls_sql_value *values);
/* Call row for each row of a query. Returns 0 or -errno. */
int atls_sql_each(sqlite3 *db, const char *sql, void (*row)(sqlite3_stmt *s));
/* The integer that a query yields, or fallback if it yields nothing or NULL. Errors are said. */
int64_t atls_sql_integer(sqlite3 *db, int64_t fallback, const char *sql);
/*
 * Make our own functions known: p(x, q), a quantile of a column, and human(ns), a duration as text.
 */
int atls_sql_functions(sqlite3 *db);
