/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees across the page that SQLite locks: it lies at 1 GiB, unless SQLite is told of another
 * place.
 */
#include "store/btree.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sqlite.h"
#include "test.h"

#define ROWS 50000

static sqlite3 *open_file(const char *path)
{
	sqlite3 *db;

	if (sqlite3_open(path, &db))
		exit(99);
	return db;
}

static void make_file(char *path)
{
	int fd = mkstemp(path);
	sqlite3 *db;

	if (fd < 0 || close(fd))
		exit(99);
	db = open_file(path);
	if (atls_sql_exec(
		    db, "PRAGMA page_size = 16384; PRAGMA synchronous = OFF;"
			"CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER) STRICT;"
			"CREATE TABLE w (id INTEGER PRIMARY KEY, a INTEGER) STRICT, WITHOUT ROWID"))
		exit(99);
	sqlite3_close(db);
}

static int write_tree(struct atls_pages *pages, uint32_t root, bool is_index)
{
	struct atls_tree tree;
	int ret = atls_tree_begin(&tree, pages, root, is_index);

	for (int64_t id = 1; id <= ROWS && !ret; id++)
		ret = atls_tree_add(&tree, id,
				    (const int64_t[]){ is_index ? id : INT64_MIN, -id * id }, 2);
	return ret ? ret : atls_tree_end(&tree);
}

/* Both tables, with a page left out. */
static int write_file(const char *path, uint32_t lock_page)
{
	sqlite3 *db = open_file(path);
	const char *sql = "SELECT rootpage FROM sqlite_schema WHERE name = '%c'";
	uint32_t roots[2];
	struct atls_pages pages;
	int ret;

	for (int i = 0; i < 2; i++) {
		char text[100];

		snprintf(text, sizeof(text), sql, "tw"[i]);
		roots[i] = (uint32_t)atls_sql_integer(db, 0, text);
	}
	sqlite3_close(db);
	ret = atls_pages_open(&pages, path, lock_page);
	for (int i = 0; i < 2 && !ret; i++)
		ret = write_tree(&pages, roots[i], i == 1);
	return atls_pages_close(&pages, path) || ret;
}

static bool is_sound(sqlite3 *db)
{
	return atls_sql_integer(db, 0,
				"SELECT count(*) = 1 AND max(integrity_check) = 'ok'"
				" FROM pragma_integrity_check") == 1;
}

/* SQLite is told that the page is locked; so the file is sound only if that one was left out. */
static void check(uint32_t lock_page, uint32_t left_out)
{
	char path[] = "/tmp/asynctls-btree-XXXXXX", what[100];
	sqlite3 *db;

	sqlite3_test_control(SQLITE_TESTCTRL_PENDING_BYTE, (lock_page - 1) * ATLS_PAGE);
	make_file(path);
	is(write_file(path, left_out), 0, "two trees are written");
	db = open_file(path);
	ok(atls_sql_integer(db, 0, "PRAGMA page_count") > lock_page, "across the locked page");
	snprintf(what, sizeof(what), "page %u is locked, and %u was left out", lock_page, left_out);
	ok(is_sound(db) == (lock_page == left_out), what);
	if (lock_page == left_out) {
		is(atls_sql_integer(db, 0, "SELECT count(*) FROM t WHERE a = -id * id"), ROWS,
		   "all rows of a table are there");
		is(atls_sql_integer(db, 0, "SELECT count(*) FROM w WHERE a = -id * id"), ROWS,
		   "and of one without rowid");
	}
	sqlite3_close(db);
	unlink(path);
}

int main(void)
{
	/* The first page that is appended, one in the middle of a tree, one between two. */
	for (uint32_t page = 4; page < 60; page += 4)
		check(page, page);
	check(30, 31);
	return done();
}
