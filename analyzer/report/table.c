/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a query as a table for people, as CSV, or as JSON. */
#include "report/table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "base/json.h"
#include "base/sqlite.h"

/* ---- for people ----------------------------------------------------------------------------- */

#define COLUMNS 64

/* All cells, row by row, as their widths must be known before the first is printed. */
struct grid {
	char **cells;
	size_t used, room;
	int columns;
	int width[COLUMNS];
	bool number[COLUMNS]; /* aligned to the right */
};

static bool ends(const char *text, const char *with)
{
	size_t n = strlen(text), m = strlen(with);

	return n >= m && !strcmp(text + n - m, with);
}

/* Columns of text, as a terminal counts them: bytes that do not continue a UTF-8 sequence. */
static int width_of(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static int add(struct grid *g, int column, const char *text)
{
	int width = width_of(text);

	if (g->used == g->room) {
		size_t room = g->room ? 2 * g->room : 256;
		char **cells = realloc(g->cells, room * sizeof(*cells));

		if (!cells)
			return -ENOMEM;
		g->cells = cells;
		g->room = room;
	}
	g->cells[g->used] = strdup(text);
	if (!g->cells[g->used++])
		return -ENOMEM;
	if (width > g->width[column])
		g->width[column] = width;
	return 0;
}

static int add_name(struct grid *g, sqlite3_stmt *s, int column, bool human)
{
	const char *name = sqlite3_column_name(s, column);
	char text[128];

	snprintf(text, sizeof(text), "%s", name);
	if (human && ends(text, "_ns"))
		text[strlen(text) - 3] = '\0';
	g->number[column] = true;
	return add(g, column, text);
}

static const char *value(sqlite3_stmt *s, int column, bool human, char *out, size_t size)
{
	const char *name = sqlite3_column_name(s, column);
	int type = sqlite3_column_type(s, column);
	atls_text text;

	if (type == SQLITE_NULL)
		return "-";
	if (human && type == SQLITE_INTEGER && ends(name, "_ns"))
		snprintf(out, size, "%s", atls_format_ns(text, sqlite3_column_int64(s, column)));
	else if (human && type != SQLITE_TEXT && ends(name, "share"))
		snprintf(out, size, "%.1f %%", 100 * sqlite3_column_double(s, column));
	else if (human && type == SQLITE_INTEGER && !ends(name, "id") && !ends(name, "pid"))
		snprintf(out, size, "%s", atls_format_count(text, sqlite3_column_int64(s, column)));
	else if (human && type == SQLITE_FLOAT)
		snprintf(out, size, "%.2f", sqlite3_column_double(s, column));
	else
		atls_format_plain(out, size, (const char *)sqlite3_column_text(s, column));
	return out;
}

static int collect(struct grid *g, sqlite3_stmt *s, bool human)
{
	char text[512];
	int ret = 0, rows = 0;

	g->columns = sqlite3_column_count(s) < COLUMNS ? sqlite3_column_count(s) : COLUMNS;
	for (int i = 0; i < g->columns && !ret; i++)
		ret = add_name(g, s, i, human);
	for (; !ret && (ret = atls_sql_step(s)) == 1; rows++) {
		ret = 0;
		for (int i = 0; i < g->columns && !ret; i++) {
			g->number[i] &= sqlite3_column_type(s, i) != SQLITE_TEXT;
			ret = add(g, i, value(s, i, human, text, sizeof(text)));
		}
	}
	return ret ? ret : rows;
}

static void print_cell(FILE *out, const struct grid *g, size_t at)
{
	int column = (int)(at % g->columns);
	int pad = g->width[column] - width_of(g->cells[at]);
	bool last = column == g->columns - 1;

	if (g->number[column])
		fprintf(out, "%*s%s", pad, "", g->cells[at]);
	else
		fprintf(out, "%s%*s", g->cells[at], last ? 0 : pad, "");
	fputs(last ? "\n" : "  ", out);
}

static int print_text(FILE *out, sqlite3_stmt *s, bool human)
{
	struct grid g = { 0 };
	int ret = collect(&g, s, human);

	for (size_t i = 0; i < g.used; i++) {
		if (ret >= 0)
			print_cell(out, &g, i);
		free(g.cells[i]);
	}
	free(g.cells);
	return ret;
}

/* ---- for programs --------------------------------------------------------------------------- */

static void print_csv_text(FILE *out, const char *text)
{
	if (!text[strcspn(text, ",\"\r\n")]) {
		fputs(text, out);
		return;
	}
	putc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', out);
		putc(*text, out);
	}
	putc('"', out);
}

static int print_csv(FILE *out, sqlite3_stmt *s)
{
	int n = sqlite3_column_count(s), ret, rows = 0;

	for (int i = 0; i < n; i++) {
		print_csv_text(out, sqlite3_column_name(s, i));
		fputs(i == n - 1 ? "\r\n" : ",", out);
	}
	for (; (ret = atls_sql_step(s)) == 1; rows++)
		for (int i = 0; i < n; i++) {
			const char *text = (const char *)sqlite3_column_text(s, i);

			print_csv_text(out, text ? text : "");
			fputs(i == n - 1 ? "\r\n" : ",", out);
		}
	return ret ? ret : rows;
}

static void print_json_value(struct atls_json *j, sqlite3_stmt *s, int i)
{
	switch (sqlite3_column_type(s, i)) {
	case SQLITE_NULL:
		atls_json_null(j);
		break;
	case SQLITE_INTEGER:
		atls_json_int(j, sqlite3_column_int64(s, i));
		break;
	case SQLITE_FLOAT:
		atls_json_double(j, sqlite3_column_double(s, i));
		break;
	default:
		atls_json_string(j, (const char *)sqlite3_column_text(s, i));
	}
}

static int print_json(FILE *out, sqlite3_stmt *s)
{
	struct atls_json j;
	int ret, rows = 0;

	atls_json_init(&j, out);
	atls_json_begin_array(&j);
	for (; (ret = atls_sql_step(s)) == 1; rows++) {
		atls_json_begin_object(&j);
		for (int i = 0; i < sqlite3_column_count(s); i++) {
			atls_json_key(&j, sqlite3_column_name(s, i));
			print_json_value(&j, s, i);
		}
		atls_json_end_object(&j);
	}
	atls_json_end_array(&j);
	return ret ? ret : rows;
}

int atls_table_print(FILE *out, sqlite3_stmt *s, enum atls_table_format format)
{
	switch (format) {
	case ATLS_TABLE_CSV:
		return print_csv(out, s);
	case ATLS_TABLE_JSON:
		return print_json(out, s);
	default:
		return print_text(out, s, format == ATLS_TABLE_TEXT);
	}
}

int atls_table_query(FILE *out, sqlite3 *db, const char *sql, enum atls_table_format format)
{
	sqlite3_stmt *s;
	int ret = atls_sql_prepare(db, sql, &s);

	if (ret)
		return ret;
	ret = atls_table_print(out, s, format);
	sqlite3_finalize(s);
	return ret;
}
