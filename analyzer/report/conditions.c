/* SPDX-License-Identifier: Apache-2.0 */
/* Is a recording as it should be: its metrics, conditions over them, completeness. */
#include "report/conditions.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#include "base/log.h"
#include "base/sqlite.h"
#include "duration.h"
#include "report/table.h"

int atls_metrics_print(sqlite3 *db, bool json)
{
	sqlite3_stmt *s;
	int ret = atls_sql_prepare(db, "SELECT * FROM metrics", &s);

	if (ret)
		return ret;
	if (json) {
		ret = atls_table_print(stdout, s, ATLS_TABLE_JSON);
		puts("");
	} else if ((ret = atls_sql_step(s)) == 1)
		for (int i = 0; i < sqlite3_column_count(s); i++)
			printf("%-18s %s\n", sqlite3_column_name(s, i),
			       sqlite3_column_type(s, i) == SQLITE_NULL
				       ? "-"
				       : (const char *)sqlite3_column_text(s, i));
	sqlite3_finalize(s);
	return ret < 0 ? ret : 0;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '.' || (unsigned char)c >= 0x80;
}

/*
 * Copy one word that begins with a digit, "2ms" as its number of ns. Returns its length, or 0,
 * worded, if it ends in letters but is no duration.
 */
static size_t copy_number(sqlite3_str *out, const char *from)
{
	size_t n = 0;
	int64_t ns;

	while (is_word(from[n]))
		n++;
	if (!isalpha((unsigned char)from[n - 1])) {
		sqlite3_str_append(out, from, (int)n);
	} else if (atls_duration_parse_n(from, n, &ns)) {
		sqlite3_str_appendf(out, "%lld", (long long)ns);
	} else {
		atls_error("'%.*s' is no duration such as 1.5ms, 10s or 2min", (int)n, from);
		return 0;
	}
	return n;
}

/*
 * Copy one name, p99.9 as p999 and notify.p99 as notify_p99. Returns its length; 0: there is none.
 */
static size_t copy_name(sqlite3_str *out, const char *from)
{
	size_t n = 0;

	while (isalnum((unsigned char)from[n]) || from[n] == '_' || (n && from[n] == '.'))
		n++;
	for (size_t i = 0; i < n; i++)
		if (from[i] != '.')
			sqlite3_str_append(out, from + i, 1);
		else if (!isdigit((unsigned char)from[i + 1]))
			sqlite3_str_append(out, "_", 1);
	return n;
}

/* The query for a condition; NULL, worded, if it has a duration that is none. */
static char *to_sql(sqlite3 *db, const char *condition)
{
	sqlite3_str *out = sqlite3_str_new(db);

	sqlite3_str_appendall(out, "SELECT (");
	while (*condition) {
		bool number = isdigit((unsigned char)*condition);
		size_t n = number ? copy_number(out, condition) : copy_name(out, condition);

		if (number && !n) {
			sqlite3_free(sqlite3_str_finish(out));
			return NULL;
		}
		if (!n)
			sqlite3_str_append(out, condition, n = 1);
		condition += n;
	}
	sqlite3_str_appendall(out, ") FROM metrics");
	return sqlite3_str_finish(out);
}

int atls_condition_test(sqlite3 *db, const char *condition)
{
	char *sql = to_sql(db, condition);
	sqlite3_stmt *s = NULL;
	int ret = -EINVAL;

	if (!sql)
		return ret;
	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK && s &&
	    sqlite3_step(s) == SQLITE_ROW)
		ret = sqlite3_column_type(s, 0) != SQLITE_NULL && sqlite3_column_double(s, 0) != 0;
	else
		atls_error("'%s': %s; names are those of 'asynctls report --metrics'", condition,
			   sqlite3_errmsg(db));
	sqlite3_finalize(s);
	sqlite3_free(sql);
	return ret;
}

bool atls_report_incomplete(sqlite3 *db)
{
	return atls_sql_integer(
		db, 0,
		"SELECT (SELECT sum(value) FROM v_meta WHERE key IN ('lost', 'lost_packets')) > 0 "
		"OR EXISTS (SELECT * FROM v_meta WHERE key = 'incomplete' AND value IS NOT NULL)");
}
