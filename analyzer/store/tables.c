/* SPDX-License-Identifier: Apache-2.0 */
/* The tables that are filled row by row: names, columns and indices, made from tables.def. */
#include "store/tables.h"

#include <stddef.h>

/* columns_job: the names of the columns of table job. */
#define ATLS_ROW(name, table, fields) static const char *const columns_##name[] = { fields };
#define ATLS_INT(type, column) #column,
#define ATLS_ID(type, column) #column,
#define ATLS_TEXT(bytes, column) #column,
#define ATLS_STRING(column) #column,
#define ATLS_FIELD(type, declarator)
#define ATLS_PART(column, field) #column,
#include "store/tables.def"

const struct atls_table atls_tables[ATLS_TABLES] = {
#define ATLS_ROW(name, table, fields) [ATLS_TABLE_##name] = { #table, "" fields, columns_##name },
#define ATLS_INT(type, column) "i"
#define ATLS_ID(type, column) "i"
#define ATLS_TEXT(bytes, column) "t"
#define ATLS_STRING(column) "t"
#define ATLS_FIELD(type, declarator)
#define ATLS_PART(column, field) "i"
#include "store/tables.def"
};

/* A byte a column, so that an offset is a column's number. */
#define ATLS_ROW(name, table, fields) \
	struct numbers_##name {       \
		fields                \
	};                            \
	_Static_assert(sizeof(struct numbers_##name) <= ATLS_MAX_COLUMNS, "columns");
#define ATLS_INT(type, column) char column;
#define ATLS_ID(type, column) char column;
#define ATLS_TEXT(bytes, column) char column;
#define ATLS_STRING(column) char column;
#define ATLS_FIELD(type, declarator)
#define ATLS_PART(column, field) char column;
#include "store/tables.def"

const struct atls_index atls_indices[ATLS_INDICES] = {
#define ATLS_ROW(name, table, fields)
#define ATLS_INDEX(name, row, column) \
	{ #name, ATLS_TABLE_##row, offsetof(struct numbers_##row, column) },
#include "store/tables.def"
};
