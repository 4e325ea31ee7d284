/* SPDX-License-Identifier: Apache-2.0 */
/* Is a recording as it should be: its metrics, conditions over them, completeness. */
#include "report/conditions.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#include "base/log.h"
#include "base/sqlite.h"
#include "report/filter.h"
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

/* Copy one word that begins with a digit, "2ms" as its number of ns. Returns its length. */
static size_t copy_number(sqlite3_str *out, const char *from)
{
	size_t n = 0;
	sqlite3_int64 ns;
	char word[64];

	while (isalnum((unsigned char)from[n]) || from[n] == '.')
		n++;
	sqlite3_snprintf(sizeof(word), word, "%.*s", (int)n, from);
	if (n && isalpha((unsigned char)from[n - 1]) && !atls_filter_duration(word, &ns))
		sqlite3_str_appendf(out, "%lld", ns);
	else
		sqlite3_str_append(out, from, (int)n);
	return n;
}

/* Durations become numbers; p99.9 becomes the column p999. */
static char *to_sql(sqlite3 *db, const char *condition)
{
	sqlite3_str *out = sqlite3_str_new(db);

	sqlite3_str_appendall(out, "SELECT (");
	while (*condition) {
		size_t n = 0;

		if (isdigit((unsigned char)*condition)) {
			condition += copy_number(out, condition);
			continue;
		}
		while (isalnum((unsigned char)condition[n]) || condition[n] == '_' ||
		       (n && condition[n] == '.'))
			n++;
		for (size_t i = 0; i < n; i++)
			if (condition[i] != '.')
				sqlite3_str_append(out, condition + i, 1);
			else if (!isdigit((unsigned char)condition[i + 1]))
				sqlite3_str_append(out, "_", 1); /* notify.p99 */
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

	if (sql && sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK && s &&
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
