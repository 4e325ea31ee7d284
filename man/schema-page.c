/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints asynctls-schema(5) for scdoc: the page as it is written, and behind each heading of views,
 * such as "*v_job*:", the columns that the schema has. Every view has its heading; those that share
 * one have the same columns. @SCHEMA_VERSION@ is the schema's number.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codes.h"
#include "base/sqlite.h"
#include "schema.sql.h"

#define VERSION "@SCHEMA_VERSION@"

static const char columns_sql[] =
	"SELECT group_concat('_' || name || '_', ', ') FROM pragma_table_info(?)";
/* Views to which the page has no heading. */
static const char untold_sql[] = "SELECT group_concat(name, ', ') FROM sqlite_schema"
				 " WHERE type = 'view' AND name NOT IN (SELECT name FROM told)";

static void fail(const char *what, const char *name)
{
	fprintf(stderr, "schema-page: %s: %s\n", what, name);
	exit(1);
}

static sqlite3 *make_schema(void)
{
	sqlite3 *db;

	if (sqlite3_open(":memory:", &db) || atls_sql_exec(db, atls_schema_sql) ||
	    atls_sql_exec(db, "CREATE TABLE told(name TEXT)"))
		exit(1);
	return db;
}

/* The text that a query yields, ?1 being name; "" if it is NULL. Free it. */
static char *ask(sqlite3 *db, const char *sql, const char *name)
{
	sqlite3_stmt *s;
	char *text;

	if (atls_sql_prepare(db, sql, &s))
		exit(1);
	sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
	text = sqlite3_step(s) == SQLITE_ROW ? (char *)sqlite3_column_text(s, 0) : NULL;
	text = strdup(text ? text : "");
	sqlite3_finalize(s);
	return text;
}

/* "*v_a*, *v_b*:" becomes that and the columns. */
static void put_heading(sqlite3 *db, char *heading)
{
	char *columns = NULL;

	printf("%s ", heading);
	for (char *name = strtok(heading, "*, :"); name; name = strtok(NULL, "*, :")) {
		char *more = ask(db, columns_sql, name);

		if (!*more)
			fail("there is no such view", name);
		if (columns && strcmp(columns, more))
			fail("has other columns than the view before it", name);
		free(columns);
		columns = more;
		free(ask(db, "INSERT INTO told VALUES (?)", name));
	}
	puts(columns);
	free(columns);
}

static void put_line(const char *line)
{
	const char *version = strstr(line, VERSION);

	if (version)
		printf("%.*s%d%s\n", (int)(version - line), line, ATLS_SCHEMA_VERSION,
		       version + strlen(VERSION));
	else
		puts(line);
}

static void put_page(sqlite3 *db, FILE *page)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, page) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "*v_", 3) && line[strlen(line) - 1] == ':')
			put_heading(db, line);
		else
			put_line(line);
	}
	free(line);
}

int main(int argc, char **argv)
{
	FILE *page = argc == 2 ? fopen(argv[1], "re") : NULL;
	sqlite3 *db;
	char *untold;

	if (!page)
		fail("cannot be read", argc == 2 ? argv[1] : "usage: schema-page PAGE");
	db = make_schema();
	put_page(db, page);
	fclose(page);
	untold = ask(db, untold_sql, NULL);
	if (*untold)
		fail("not on the page", untold);
	free(untold);
	sqlite3_close(db);
	return 0;
}
