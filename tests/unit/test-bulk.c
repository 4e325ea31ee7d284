/* SPDX-License-Identifier: Apache-2.0 */
/* Tables that are written past SQLite are what SQLite itself would have written. */
#include "store/bulk.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/codes.h"
#include "base/sqlite.h"
#include "test.h"

static const char schema[] =
	"PRAGMA page_size = 16384;"
	"CREATE TABLE job (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, conn INTEGER,"
	" c INTEGER, ts INTEGER, dur INTEGER) STRICT;"
	"CREATE TABLE slice (id INTEGER, seq INTEGER, a INTEGER, PRIMARY KEY (id, seq)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE wait (id INTEGER, seq INTEGER, PRIMARY KEY (id, seq)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE conn (id INTEGER PRIMARY KEY, a INTEGER) STRICT;"
	"CREATE TABLE op (id INTEGER PRIMARY KEY, a INTEGER) STRICT;"
	"CREATE TABLE wctx (id INTEGER PRIMARY KEY) STRICT;"
	"CREATE TABLE fd (id INTEGER PRIMARY KEY) STRICT;"
	"CREATE TABLE call (id INTEGER PRIMARY KEY) STRICT;"
	"CREATE INDEX job_ts ON job(ts);"
	"CREATE INDEX job_dur ON job(dur);"
	"CREATE INDEX job_conn ON job(conn);"
	"CREATE INDEX op_job ON op(a);"
	"CREATE TABLE expected_slice (id INTEGER, seq INTEGER, a INTEGER);";

static const char *const names[] = { "job", "slice", "wait",   "conn",	  "op",	      "wctx",
				     "fd",  "call",  "job_ts", "job_dur", "job_conn", "op_job" };

static int64_t number(const char *path, const char *sql)
{
	sqlite3 *db;
	int64_t n = -1;

	if (!sqlite3_open(path, &db))
		n = atls_sql_integer(db, -1, sql);
	sqlite3_close(db);
	return n;
}

static bool run(const char *path, const char *sql)
{
	sqlite3 *db;
	bool done = !sqlite3_open(path, &db) && !atls_sql_exec(db, sql);

	sqlite3_close(db);
	return done;
}

static struct atls_bulk *begin(char *path)
{
	uint32_t roots[ATLS_LARGE_TABLES + ATLS_INDICES];
	char sql[100];
	int fd = mkstemp(path);

	if (fd < 0 || close(fd) || unlink(path) || !run(path, schema))
		abort();
	for (int i = 0; i < ATLS_LARGE_TABLES + ATLS_INDICES; i++) {
		snprintf(sql, sizeof(sql), "SELECT rootpage FROM sqlite_schema WHERE name = '%s'",
			 names[i]);
		roots[i] = (uint32_t)number(path, sql);
	}
	return atls_bulk_create(path, roots);
}

/* Values of all sizes, both signs, 0, 1 and NULL. */
static int64_t value(int64_t i)
{
	int64_t v = (int64_t)((uint64_t)i * 0x9e3779b97f4a7c15u) >> (i % 64);

	return i % 7 ? v : i % 14 ? ATLS_NULL : i % 28 / 14;
}

static int spilt;

static int count_spilt(void *ctx, int which, const int64_t *values, unsigned n)
{
	spilt++;
	return 0;
}

static int add_job(struct atls_bulk *b, int64_t id, int slices)
{
	int ret = 0;

	for (int seq = 0; seq < slices && !ret; seq++)
		ret = atls_bulk_add(b, ATLS_TABLE_slice,
				    (const int64_t[]){ id, seq, value(id + seq) }, 3);
	if (!ret)
		ret = atls_bulk_add(b, ATLS_TABLE_job,
				    (const int64_t[]){ id, value(id), value(id + 1), value(id * 3),
						       -id, id, value(id * 5) },
				    7);
	return ret;
}

static bool sound(const char *path)
{
	return number(path,
		      "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'") ==
	       1;
}

/* n jobs, pairs of them swapped. */
static void check(int64_t n, int slices)
{
	char path[] = "/tmp/asynctls-bulk-XXXXXX", what[100];
	struct atls_bulk *b = begin(path);
	int ret = b ? 0 : -1;

	for (int64_t i = 1; i <= n && !ret; i++)
		ret = add_job(b, (i - 1) % 2 ? i - 1 : i < n ? i + 1 : i, slices);
	if (!ret)
		ret = atls_bulk_end(b);
	snprintf(what, sizeof(what), "%lld jobs of %d slices", (long long)n, slices);
	ok(!ret && sound(path) && number(path, "SELECT count(*) FROM job") == n &&
		   number(path, "SELECT count(*) FROM slice") == n * slices &&
		   number(path, "SELECT count(*) FROM job WHERE c <> -id") == 0 &&
		   number(path, "SELECT coalesce(sum(id), 0) FROM job") == n * (n + 1) / 2,
	   what);
	atls_bulk_destroy(b);
	unlink(path);
}

/* Sizes around those at which a leaf, or the page above, is full. */
static void test_sizes(void)
{
	static const int64_t sizes[] = { 0, 1, 2, 3, 100, 20000, 300000 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		check(sizes[i], 3);
	for (int64_t n = 560; n < 760; n += 9)
		check(n, 1 + (int)(n % 3));
}

static void test_values(void)
{
	char path[] = "/tmp/asynctls-bulk-XXXXXX";
	struct atls_bulk *b = begin(path);
	sqlite3_stmt *s;
	sqlite3 *db;
	int wrong = 0, ret = 0;

	for (int64_t i = 1; i <= 5000 && !ret; i++)
		ret = add_job(b, i, 0);
	ok(!ret && !atls_bulk_end(b) && sound(path), "values of all kinds are written");
	if (sqlite3_open(path, &db) || atls_sql_prepare(db, "SELECT id, a FROM job", &s))
		abort();
	while (atls_sql_step(s) == 1) {
		int64_t want = value(sqlite3_column_int64(s, 0));

		if (want == ATLS_NULL)
			wrong += sqlite3_column_type(s, 1) != SQLITE_NULL;
		else
			wrong += sqlite3_column_int64(s, 1) != want;
	}
	sqlite3_finalize(s);
	sqlite3_close(db);
	is(wrong, 0, "and read again as they were");
	atls_bulk_destroy(b);
	unlink(path);
}

/* A job that is open for very long comes when its place has been passed. */
static void test_late(void)
{
	char path[] = "/tmp/asynctls-bulk-XXXXXX";
	struct atls_bulk *b = begin(path);
	int ret = atls_bulk_add(b, ATLS_TABLE_slice, (const int64_t[]){ 1, 0, 5 }, 3);

	for (int64_t i = 2; i <= 100000 && !ret; i++)
		ret = add_job(b, i, 1);
	if (!ret)
		ret = atls_bulk_add(b, ATLS_TABLE_slice, (const int64_t[]){ 1, 1, 6 }, 3);
	if (!ret)
		ret = atls_bulk_add(b, ATLS_TABLE_job, (const int64_t[]){ 1, 0, 0, 0, -1, 1, 1 },
				    7);
	ok(!ret && !atls_bulk_end(b) && sound(path), "a job that comes late");
	is(number(path, "SELECT count(*) FROM job"), 99999, "the others are written");
	is(number(path, "SELECT count(*) FROM slice WHERE id = 1"), 1,
	   "and what came of it in time");
	ok(!atls_bulk_spilt(b, count_spilt, NULL), "the rest is given out");
	is(spilt, 2, "row by row");
	atls_bulk_destroy(b);
	unlink(path);
}

int main(void)
{
	test_sizes();
	test_values();
	test_late();
	return done();
}
