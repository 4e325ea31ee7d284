/* SPDX-License-Identifier: Apache-2.0 */
/* Tables that are written past SQLite are what SQLite itself writes by INSERT. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/codes.h"
#include "base/sqlite.h"
#include "schema.sql.h"
#include "store/writer.h"
#include "test.h"

/* ---- databases ------------------------------------------------------------------------------ */

static sqlite3 *open_file(const char *path)
{
	sqlite3 *db;

	if (sqlite3_open(path, &db) || atls_sql_functions(db))
		exit(99);
	return db;
}

static int64_t number(const char *path, const char *sql)
{
	sqlite3 *db = open_file(path);
	int64_t n = atls_sql_integer(db, -1, sql);

	sqlite3_close(db);
	return n;
}

/* Which columns may be NULL: a bit each. */
static uint32_t nullable[ATLS_LARGE_TABLES];

static void learn_nullable(sqlite3 *db)
{
	char sql[200];

	for (int i = 0; i < ATLS_LARGE_TABLES; i++) {
		snprintf(
			sql, sizeof(sql),
			"SELECT sum((1 << cid) * NOT (\"notnull\" OR pk)) FROM pragma_table_info('%s')",
			atls_tables[i].name);
		nullable[i] = (uint32_t)atls_sql_integer(db, 0, sql);
	}
}

static void make_file(char *path)
{
	int fd = mkstemp(path);
	sqlite3 *db;

	if (fd < 0 || close(fd))
		exit(99);
	db = open_file(path);
	if (atls_sql_exec(db, "PRAGMA page_size = 16384; PRAGMA synchronous = OFF; BEGIN") ||
	    atls_sql_exec(db, atls_schema_sql) || atls_sql_exec(db, "COMMIT"))
		exit(99);
	learn_nullable(db);
	sqlite3_close(db);
}

static bool is_sound(const char *path)
{
	return number(path, "SELECT count(*) = 1 AND max(integrity_check) = 'ok'"
			    " FROM pragma_integrity_check") == 1;
}

/* ---- rows ----------------------------------------------------------------------------------- */

/* Where rows go to, and whether all their values are as large as can be. */
struct target {
	const struct atls_writer *writer;
	void *state;
	bool wide;
};

/* Values of all sizes, both signs, 0, 1 and NULL. */
static int64_t value(int64_t i)
{
	int64_t v = (int64_t)((uint64_t)i * 0x9e3779b97f4a7c15u) >> (i % 64);

	return i % 7 ? v : i % 14 ? ATLS_NULL : i % 28 / 14;
}

static int add_row(const struct target *to, enum atls_table_id table, int64_t id, int64_t seq)
{
	unsigned n = (unsigned)strlen(atls_tables[table].types);
	bool of_job = table == ATLS_TABLE_slice || table == ATLS_TABLE_wait;
	int64_t values[ATLS_MAX_COLUMNS] = { id, seq };

	for (unsigned i = of_job ? 2 : 1; i < n; i++) {
		values[i] = value(id * 31 + seq * 5 + i);
		if (to->wide || (values[i] == ATLS_NULL && !(nullable[table] & 1u << i)))
			values[i] = INT64_MAX - id - i;
	}
	return to->writer->add(to->state, table, values, n);
}

/* A job and what belongs to it, and a row of each other table. */
static int add_job(const struct target *to, int64_t id, int slices)
{
	int ret = 0;

	for (int seq = 0; seq < slices && !ret; seq++)
		ret = add_row(to, ATLS_TABLE_slice, id, seq);
	for (int seq = 1; seq < slices && !ret; seq++)
		ret = add_row(to, ATLS_TABLE_wait, id, seq);
	for (int table = 0; table < ATLS_LARGE_TABLES && !ret; table++)
		if (table != ATLS_TABLE_slice && table != ATLS_TABLE_wait)
			ret = add_row(to, (enum atls_table_id)table, id, 0);
	return ret;
}

/* n jobs, pairs of them swapped. */
static int add_pairs(const struct target *to, int64_t n, int slices)
{
	int ret = 0;

	for (int64_t i = 1; i <= n && !ret; i++)
		ret = add_job(to, i % 2 == 0 ? i - 1 : i < n ? i + 1 : i, slices);
	return ret;
}

/* A job that is open for very long comes when its place has been passed. */
static int add_late(const struct target *to, int64_t n, int slices)
{
	int ret = add_row(to, ATLS_TABLE_slice, 1, 0);

	for (int64_t i = 2; i <= n && !ret; i++)
		ret = add_job(to, i, slices);
	if (!ret)
		ret = add_row(to, ATLS_TABLE_slice, 1, 1);
	return ret ? ret : add_row(to, ATLS_TABLE_job, 1, 0);
}

typedef int (*rows_fn)(const struct target *to, int64_t n, int slices);

static bool write_file(const struct atls_writer *writer, char *path, rows_fn rows, int64_t n,
		       int slices, bool wide)
{
	struct target to = { writer, NULL, wide };
	bool done;

	make_file(path);
	if (writer->begin(path, &to.state))
		return false;
	done = !rows(&to, n, slices) && !writer->finish(to.state);
	writer->destroy(to.state);
	return done;
}

/* ---- tests ---------------------------------------------------------------------------------- */

/*
 * Rows that are in one of two files and not in the other, and the difference of the numbers of
 * rows.
 */
static int64_t count_differences(const char *path, const char *other)
{
	sqlite3 *db = open_file(path);
	int64_t n = 0;
	char sql[500];

	snprintf(sql, sizeof(sql), "ATTACH '%s' AS other", other);
	if (atls_sql_exec(db, sql))
		exit(99);
	for (int i = 0; i < ATLS_LARGE_TABLES; i++) {
		const char *t = atls_tables[i].name;

		snprintf(
			sql, sizeof(sql),
			"SELECT (SELECT count(*) FROM (SELECT * FROM main.%s EXCEPT SELECT * FROM other.%s))"
			" + (SELECT count(*) FROM (SELECT * FROM other.%s EXCEPT SELECT * FROM main.%s))"
			" + abs((SELECT count(*) FROM main.%s) - (SELECT count(*) FROM other.%s))",
			t, t, t, t, t, t);
		n += atls_sql_integer(db, -1000000, sql);
	}
	sqlite3_close(db);
	return n;
}

/* The same rows by both writers: the same files, but for where things lie in them. */
static void compare(const char *what, rows_fn rows, int64_t n, int slices, bool wide)
{
	char bulk[] = "/tmp/asynctls-bulk-XXXXXX", insert[] = "/tmp/asynctls-insert-XXXXXX";

	ok(write_file(&atls_bulk_writer, bulk, rows, n, slices, wide) && is_sound(bulk), what);
	ok(write_file(&atls_insert_writer, insert, rows, n, slices, wide) && is_sound(insert),
	   "the same by INSERT");
	is(number(bulk, "SELECT count(*) FROM job"), n, "all jobs are there");
	is(number(bulk, "SELECT count(*) FROM job_slice WHERE job_id > 1"), (n - 1) * slices,
	   "with all their slices");
	is(count_differences(bulk, insert), 0, "and every row is the same");
	unlink(bulk);
	unlink(insert);
}

static void check_size(int64_t n, int slices)
{
	char path[] = "/tmp/asynctls-bulk-XXXXXX", what[100];

	snprintf(what, sizeof(what), "%lld jobs of %d slices", (long long)n, slices);
	ok(write_file(&atls_bulk_writer, path, add_pairs, n, slices, false) && is_sound(path) &&
		   number(path, "SELECT count(*) FROM job") == n &&
		   number(path, "SELECT count(*) FROM ssl_call") == n &&
		   number(path, "SELECT count(*) FROM job_slice") == n * slices &&
		   number(path, "SELECT coalesce(sum(job_id), 0) FROM job") == n * (n + 1) / 2,
	   what);
	unlink(path);
}

/* Sizes around those at which a leaf, or the page above, is full. */
static void test_sizes(void)
{
	static const int64_t sizes[] = { 0, 1, 2, 3, 100, 60000 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		check_size(sizes[i], 3);
	for (int64_t n = 100; n < 300; n += 23)
		check_size(n, 1 + (int)(n % 3));
}

int main(void)
{
	test_sizes();
	compare("values of all kinds", add_pairs, 3000, 3, false);
	compare("rows as large as can be", add_pairs, 5000, 2, true);
	compare("a job that comes late", add_late, 18000, 1, false);
	return done();
}
