/* SPDX-License-Identifier: Apache-2.0 */
/* Findings that are known: a file of "RULE [pid=PID] [detail=TEXT]" as a table of the database. */
#include "report/suppress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/sqlite.h"
#include "lint/lint.h"

static const char view_sql[] =
	"CREATE TEMP TABLE suppressed(rule TEXT, pid INTEGER, detail TEXT);"
	"CREATE TEMP VIEW l_finding AS SELECT * FROM v_finding f WHERE NOT EXISTS (SELECT 1 FROM suppressed s"
	" WHERE s.rule = f.rule AND (s.pid IS NULL OR s.pid = f.pid)"
	" AND (s.detail IS NULL OR instr(f.detail, s.detail)));";

static int insert(sqlite3_stmt *s, const char *rule, const char *pid, const char *detail)
{
	const union atls_sql_value values[] = {
		{ .text = rule },
		{ .number = pid ? atoll(pid) : ATLS_NULL },
		{ .text = detail },
	};

	return atls_sql_insert(s, "tit", values);
}

/* The value of the first "name=" in words that are apart by blanks, or NULL. */
static char *value_of(char *rest, const char *name)
{
	char *at = rest ? strstr(rest, name) : NULL;

	return at && (at == rest || at[-1] == ' ') ? at + strlen(name) : NULL;
}

/* One line, without its end. detail= takes all that follows, so it comes last. */
static int take_line(sqlite3_stmt *s, char *line, const char *file, int number)
{
	const struct atls_rule *r;
	char *rest, *name, *detail, *pid;

	line[strcspn(line, "#\n")] = '\0';
	for (size_t n = strlen(line); n && strchr(" \t\r", line[n - 1]); n--)
		line[n - 1] = '\0';
	name = strtok_r(line, " \t", &rest);
	if (!name)
		return 0;
	r = atls_rule_find(name);
	detail = value_of(rest, "detail=");
	if (detail)
		detail[-7] = '\0';
	pid = value_of(rest, "pid=");
	if (r && (detail || pid || !rest || !*rest))
		return insert(s, r->name, pid, detail);
	atls_error("%s:%d: not understood; a line is RULE [pid=PID] [detail=TEXT]", file, number);
	return -EINVAL;
}

static int read_file(sqlite3 *db, const char *file)
{
	FILE *f = fopen(file, "re");
	sqlite3_stmt *s;
	char *line = NULL;
	size_t size = 0;
	int ret, number = 0;

	if (!f) {
		atls_error("%s: %s", file, strerror(errno));
		return -ENOENT;
	}
	ret = atls_sql_prepare(db, "INSERT INTO suppressed VALUES (?,?,?)", &s);
	while (!ret && getline(&line, &size, f) >= 0)
		ret = take_line(s, line, file, ++number);
	sqlite3_finalize(s);
	free(line);
	fclose(f);
	return ret;
}

int atls_suppress_make_view(sqlite3 *db, const char *file)
{
	int ret = atls_sql_exec(db, view_sql);

	return ret || !file ? ret : read_file(db, file);
}
