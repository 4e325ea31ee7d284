/* SPDX-License-Identifier: Apache-2.0 */
/* The sections that a report can have beside its first page. */
#include "report/sections.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/sqlite.h"
#include "sections.sql.h"

#define SECTION(name, title) { #name, title },
static const struct {
	const char *name, *title;
} sections[ATLS_NSECTIONS] = { ATLS_SECTIONS(SECTION) };
#undef SECTION

int atls_sections_make_views(sqlite3 *db)
{
	return atls_sql_exec(db, atls_sections_sql);
}

/* The view's column of that name, with or without _ns, or NULL. */
static char *find_column(sqlite3 *db, const char *view, const char *name)
{
	char *sql = sqlite3_mprintf("SELECT * FROM part_%s LIMIT 0", view), *found = NULL;
	sqlite3_stmt *s;
	size_t n = strlen(name);

	if (sql && !atls_sql_prepare(db, sql, &s)) {
		for (int i = 0; i < sqlite3_column_count(s) && !found; i++) {
			const char *column = sqlite3_column_name(s, i);

			if (!strncmp(column, name, n) && (!column[n] || !strcmp(column + n, "_ns")))
				found = strdup(column);
		}
		sqlite3_finalize(s);
	}
	sqlite3_free(sql);
	return found;
}

/* Descending unless the name begins with '+'; a minus is fine too. */
static char *make_query(sqlite3 *db, const char *view, const char *sort, int limit)
{
	bool many = !strcmp(view, "top") || !strcmp(view, "conn");
	bool up = sort && *sort == '+';
	char *column = sort ? find_column(db, view, sort + (up || *sort == '-')) : NULL;
	char *sql = NULL;

	if (!limit)
		limit = many ? 10 : 100;
	if (sort && !column)
		atls_error("--sort: section %s has no column '%s'", view, sort);
	else if (sort)
		sql = sqlite3_mprintf("SELECT * FROM part_%s ORDER BY \"%w\" %s LIMIT %d", view,
				      column, up ? "ASC" : "DESC", limit);
	else
		sql = sqlite3_mprintf("SELECT * FROM part_%s LIMIT %d", view, limit);
	free(column);
	return sql;
}

static int print_section(sqlite3 *db, int i, const char *sort, int limit,
			 enum atls_table_format format, bool alone)
{
	char *sql = make_query(db, sections[i].name, sort, limit);
	int ret;

	if (!sql)
		return -EINVAL;
	if (format == ATLS_TABLE_TEXT)
		puts(sections[i].title);
	else if (format == ATLS_TABLE_CSV && !alone)
		printf("# %s\r\n", sections[i].name);
	ret = atls_table_query(stdout, db, sql, format);
	if (!ret && format == ATLS_TABLE_TEXT)
		puts("(none)");
	sqlite3_free(sql);
	return ret < 0 ? ret : 0;
}

int atls_sections_print(sqlite3 *db, const bool wanted[ATLS_NSECTIONS], const char *sort, int limit,
			enum atls_table_format format)
{
	int n = 0, printed = 0, ret = 0;

	for (int i = 0; i < ATLS_NSECTIONS; i++)
		n += wanted[i];
	if (format == ATLS_TABLE_JSON)
		fputs("{\"schema\": \"asynctls-report-sections\", \"schema_version\": 1", stdout);
	for (int i = 0; i < ATLS_NSECTIONS && !ret; i++) {
		if (!wanted[i])
			continue;
		if (format == ATLS_TABLE_JSON)
			printf(",\n\"%s\": ", sections[i].name);
		else if (printed++)
			puts("");
		ret = print_section(db, i, sort, limit, format, n == 1);
	}
	if (format == ATLS_TABLE_JSON)
		puts("}");
	return ret;
}
