/* SPDX-License-Identifier: Apache-2.0 */
/* The list of rows and schema.sql have the same tables, columns and indices, in the same order. */
#include "store/tables.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/sqlite.h"
#include "schema.sql.h"
#include "store/inserts.h"
#include "test.h"

static sqlite3 *make(void)
{
	sqlite3 *db;

	if (sqlite3_open(":memory:", &db) || atls_sql_functions(db) ||
	    atls_sql_exec(db, atls_schema_sql))
		exit(99);
	return db;
}

/* The one text that a query about name yields: a list of names. */
static void list(sqlite3 *db, const char *sql, const char *name, char *to, size_t size)
{
	sqlite3_stmt *s;

	if (atls_sql_prepare(db, sql, &s) || sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC) ||
	    atls_sql_step(s) != 1)
		exit(99);
	snprintf(to, size, "%s", (const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
}

static void same(const char *got, const char *want, const char *what)
{
	if (!ok(!strcmp(got, want), what))
		printf("# the list has %s\n# schema.sql has %s\n", got, want);
}

static const char columns_sql[] =
	"SELECT group_concat(name || ' ' || iif(type = 'TEXT', 't', 'i'), ',')"
	" FROM (SELECT * FROM pragma_table_info(?) ORDER BY cid)";

static void test_columns(sqlite3 *db, const struct atls_table *t)
{
	char got[1000] = "", want[1000], what[100];

	for (size_t i = 0; i < strlen(t->types); i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s %c", i ? "," : "",
			 t->columns[i], t->types[i]);
	list(db, columns_sql, t->name, want, sizeof(want));
	snprintf(what, sizeof(what), "columns of %s", t->name);
	same(got, want, what);
}

/* Tables that SQL alone fills, by the names of their columns. */
static const char tables_sql[] =
	"SELECT group_concat(name, ',') FROM (SELECT name FROM sqlite_schema WHERE type = 'table'"
	" AND name NOT IN (?, 'phase_stats') ORDER BY name)";

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void test_tables(sqlite3 *db)
{
	const char *names[ATLS_TABLES];
	char got[1000] = "", want[1000];

	for (int i = 0; i < ATLS_TABLES; i++)
		names[i] = atls_tables[i].name;
	qsort(names, ATLS_TABLES, sizeof(*names), by_name);
	for (int i = 0; i < ATLS_TABLES; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s", i ? "," : "",
			 names[i]);
	list(db, tables_sql, "meta", want, sizeof(want));
	same(got, want, "every table is in the list");
}

static const char index_sql[] = "SELECT tbl_name || ' ' || (SELECT group_concat(cid, ' ') FROM"
				" pragma_index_info(s.name)) FROM sqlite_schema s WHERE name = ?";

static void test_indices(sqlite3 *db)
{
	for (int i = 0; i < ATLS_INDICES; i++) {
		const struct atls_index *x = &atls_indices[i];
		char got[100], want[100], what[100];

		snprintf(got, sizeof(got), "%s %u", atls_tables[x->table].name, x->column);
		list(db, index_sql, x->name, want, sizeof(want));
		snprintf(what, sizeof(what), "index %s", x->name);
		same(got, want, what);
	}
	is(ATLS_INDICES,
	   atls_sql_integer(
		   db, -1,
		   "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND sql NOT NULL"),
	   "every index is in the list");
}

static void test_large(void)
{
	for (int i = 0; i < ATLS_LARGE_TABLES; i++)
		ok(!strchr(atls_tables[i].types, 't'), atls_tables[i].name);
}

/* A row of which each value is another gets each into the column of its name. */
static void test_insert(sqlite3 *db)
{
	struct atls_inserts to = { .db = db };

	is(ATLS_INSERT(&to, wait, .job_id = 1, .seq = 2, .pause_ts = 3, .done_ts = ATLS_NULL,
		       .wake_ts = 5, .fire_ts = 6, .ready_ts = 7, .resume_ts = 8, .evidence = 9),
	   0, "a row of integers");
	is(atls_sql_integer(
		   db, 0,
		   "SELECT count(*) FROM job_wait WHERE job_id = 1 AND seq = 2 AND"
		   " pause_ts = 3 AND done_ts IS NULL AND wake_ts = 5 AND fire_ts = 6 AND"
		   " ready_ts = 7 AND resume_ts = 8 AND waker_utid IS NULL AND evidence = 9"),
	   1, "numbers that are not known, and ids that are 0, are NULL");
	is(ATLS_INSERT(&to, process, .upid = 1, .pid = 2, .name = "it's", .mode = 3), 0,
	   "a row with a text");
	is(atls_sql_integer(db, 0,
			    "SELECT count(*) FROM process WHERE upid = 1 AND pid = 2 AND"
			    " name = 'it''s' AND mode = 3 AND openssl = 0"),
	   1, "the text stands as it is");
	atls_inserts_finish(&to);
}

int main(void)
{
	sqlite3 *db = make();

	test_tables(db);
	for (int i = 0; i < ATLS_TABLES; i++)
		test_columns(db, &atls_tables[i]);
	test_indices(db);
	test_large();
	test_insert(db);
	sqlite3_close(db);
	return done();
}
