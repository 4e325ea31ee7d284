/* SPDX-License-Identifier: Apache-2.0 */
/* Prepared INSERTs for the tables of tables.h, and a function for each kind of row. */
#include "store/inserts.h"

#include <errno.h>
#include <string.h>

/* "INSERT INTO job(job_id,utid) VALUES (?,?)" */
static char *word_insert(sqlite3 *db, const struct atls_table *t)
{
	sqlite3_str *sql = sqlite3_str_new(db);

	sqlite3_str_appendf(sql, "INSERT INTO %s", t->name);
	for (int i = 0; t->types[i]; i++)
		sqlite3_str_appendf(sql, "%c%s", i ? ',' : '(', t->columns[i]);
	for (int i = 0; t->types[i]; i++)
		sqlite3_str_appendall(sql, i ? ",?" : ") VALUES (?");
	sqlite3_str_appendall(sql, ")");
	return sqlite3_str_finish(sql);
}

static int prepare(struct atls_inserts *i, enum atls_table_id table)
{
	char *sql = word_insert(i->db, &atls_tables[table]);
	int ret = sql ? atls_sql_prepare(i->db, sql, &i->of[table]) : -ENOMEM;

	sqlite3_free(sql);
	return ret;
}

void atls_inserts_finish(struct atls_inserts *i)
{
	for (int table = 0; table < ATLS_TABLES; table++) {
		sqlite3_finalize(i->of[table]);
		i->of[table] = NULL;
	}
}

int atls_insert(struct atls_inserts *i, enum atls_table_id table,
		const union atls_sql_value *values)
{
	int ret = i->of[table] ? 0 : prepare(i, table);

	return ret ? ret : atls_sql_insert(i->of[table], atls_tables[table].types, values);
}

int atls_insert_integers(struct atls_inserts *i, enum atls_table_id table, const int64_t *values)
{
	union atls_sql_value list[ATLS_MAX_COLUMNS];

	for (size_t k = 0; k < strlen(atls_tables[table].types); k++)
		list[k].number = values[k];
	return atls_insert(i, table, list);
}

#define ATLS_ROW(name, table, fields)                                                     \
	int atls_insert_##name(struct atls_inserts *i, const struct atls_row_##name *row) \
	{                                                                                 \
		const union atls_sql_value values[] = { fields };                         \
		return atls_insert(i, ATLS_TABLE_##name, values);                         \
	}
#define ATLS_INT(type, column) { .number = row->column },
#define ATLS_ID(type, column) { .number = row->column ? row->column : ATLS_NULL },
#define ATLS_TEXT(bytes, column) { .text = row->column },
#define ATLS_STRING(column) { .text = row->column },
#define ATLS_FIELD(type, declarator)
#define ATLS_PART(column, field) { .number = row->field },
#include "store/tables.def"
