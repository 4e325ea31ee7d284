/* SPDX-License-Identifier: Apache-2.0 */
/* SQL over a recording's views, for reading only. */
#include "report/query.h"

#include <errno.h>

#include "base/log.h"

const char atls_query_views[] =
	"SELECT name AS view, (SELECT group_concat(c.name, ', ') FROM pragma_table_info(v.name) c) AS columns"
	" FROM sqlite_schema v WHERE type = 'view' AND name GLOB 'v_*' ORDER BY name";

int atls_query(sqlite3 *db, const char *sql, enum atls_table_format format)
{
	sqlite3_stmt *s;
	int ret = 0;

	for (; ret >= 0 && *sql; sqlite3_finalize(s)) {
		if (sqlite3_prepare_v2(db, sql, -1, &s, &sql) != SQLITE_OK) {
			atls_error("query: %s", sqlite3_errmsg(db));
			return -EINVAL;
		}
		if (s && !sqlite3_stmt_readonly(s)) {
			atls_error("query: the database is only read");
			sqlite3_finalize(s);
			return -EINVAL;
		}
		if (s && sqlite3_column_count(s))
			ret = atls_table_print(stdout, s, format);
		if (s && format == ATLS_TABLE_JSON)
			puts("");
	}
	return ret < 0 ? ret : 0;
}
