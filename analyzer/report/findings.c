/* SPDX-License-Identifier: Apache-2.0 */
/* Findings for people and for tools. findings.sql has the JSON documents. */
#include "report/findings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "base/sqlite.h"
#include "findings.sql.h"

#define WIDTH 96

static const char *text(sqlite3_stmt *s, int column)
{
	const char *value = (const char *)sqlite3_column_text(s, column);

	return value ? value : "";
}

/* Words, wrapped and indented; the first line stands after title. */
static void print_wrapped(const char *title, const char *words)
{
	int column = printf("    %s", title), indent = column;

	while (*words) {
		int n = (int)strcspn(words, " ");

		if (column + n > WIDTH)
			column = printf("\n%*s", indent, "") - 1;
		else if (column > indent)
			column += printf(" ");
		column += printf("%.*s", n, words);
		words += n + (words[n] == ' ');
	}
	putchar('\n');
}

static void print_culprit(sqlite3_stmt *s)
{
	char name[32];

	printf("    process %s", text(s, 7));
	if (*text(s, 8))
		printf(", thread %s/%s", atls_format_plain(name, sizeof(name), text(s, 9)),
		       text(s, 8));
	if (*text(s, 10))
		printf(", fd %s", text(s, 10));
	if (*text(s, 11))
		printf("; job %s", text(s, 11));
	if (*text(s, 12))
		printf("; connection %s", text(s, 12));
	putchar('\n');
}

static void print_finding(sqlite3_stmt *s)
{
	atls_text count, cost;

	printf("%s: %s (%s, %s): %s\n", text(s, 2), text(s, 0), text(s, 1), text(s, 3), text(s, 4));
	printf("    %s: %s", atls_format_noun(count, sqlite3_column_int64(s, 6), "time"),
	       text(s, 5));
	if (sqlite3_column_type(s, 13) != SQLITE_NULL)
		printf("; %s, %.1f %% of the time",
		       atls_format_ns(cost, sqlite3_column_int64(s, 13)),
		       100 * sqlite3_column_double(s, 14));
	putchar('\n');
	if (*text(s, 15))
		print_wrapped("", text(s, 15));
	print_culprit(s);
	print_wrapped("-> ", text(s, 16));
}

static void print_withheld(sqlite3_stmt *s)
{
	atls_text count;

	printf("withheld: %s (%s), %s times: events were lost then, or not recorded\n", text(s, 0),
	       text(s, 1), atls_format_count(count, sqlite3_column_int64(s, 2)));
}

static void print_total(sqlite3_stmt *s)
{
	printf("%s findings (%s notes), %s suppressed; %s rules of %s are clear", text(s, 0),
	       text(s, 1), text(s, 2), text(s, 3), text(s, 4));
	if (sqlite3_column_int64(s, 5))
		printf("; %s events were lost", text(s, 5));
	putchar('\n');
}

static void print_json(sqlite3_stmt *s)
{
	puts(text(s, 0));
}

int atls_lint_print_text(sqlite3 *db)
{
	int ret = atls_sql_each(
		db,
		"SELECT rule, code, severity, certainty, title, detail, count, pid, tid, thread,"
		" fd, jobs, conns, cost_ns, share, note, fix FROM l_finding",
		print_finding);

	if (!ret)
		ret = atls_sql_each(db, "SELECT rule, code, withheld FROM v_rule WHERE withheld",
				    print_withheld);
	if (!ret)
		ret = atls_sql_each(
			db,
			"SELECT (SELECT count(*) FROM l_finding),"
			" (SELECT count(*) FROM l_finding WHERE severity = 'note'),"
			" (SELECT count(*) FROM v_finding) - (SELECT count(*) FROM l_finding),"
			" count(*) FILTER (WHERE status = 'clear'), count(*),"
			" (SELECT value FROM v_meta WHERE key = 'lost') FROM v_rule",
			print_total);
	return ret;
}

int atls_lint_print_json(sqlite3 *db)
{
	int ret = atls_sql_exec(db, atls_findings_sql);

	return ret ? ret : atls_sql_each(db, "SELECT * FROM l_json", print_json);
}

int atls_lint_print_sarif(sqlite3 *db, const char *input)
{
	sqlite3_stmt *s;
	int ret = atls_sql_exec(db, atls_findings_sql);

	if (!ret)
		ret = atls_sql_prepare(db, "INSERT INTO l_input VALUES (?, ?)", &s);
	if (ret)
		return ret;
	sqlite3_bind_text(s, 1, input, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, ATLS_VERSION, -1, SQLITE_STATIC);
	ret = atls_sql_step(s);
	sqlite3_finalize(s);
	return ret ? ret : atls_sql_each(db, "SELECT * FROM l_sarif", print_json);
}

int64_t atls_lint_print_bad(sqlite3 *db)
{
	return atls_sql_integer(db, -1, "SELECT count(*) FROM l_finding WHERE severity <> 'note'");
}

int64_t atls_lint_print_lost(sqlite3 *db)
{
	return atls_sql_integer(
		db, 0, "SELECT sum(value) FROM v_meta WHERE key IN ('lost', 'lost_packets')");
}
