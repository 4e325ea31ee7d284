/* SPDX-License-Identifier: Apache-2.0 */
/* Exports that are JSON: each event or span is a row of a query of export.sql. */
#include <errno.h>

#include "base/sqlite.h"
#include "export.sql.h"
#include "report/export.h"

static int print_rows(sqlite3_stmt *s, FILE *out)
{
	const char *separator = "";
	int ret;

	while ((ret = atls_sql_step(s)) == 1) {
		fprintf(out, "%s%s", separator, sqlite3_column_text(s, 0));
		separator = ",\n";
	}
	return ret;
}

int atls_export_chrome(sqlite3 *db, FILE *out)
{
	sqlite3_stmt *s;
	int ret = atls_sql_exec(db, atls_export_sql);

	if (!ret)
		ret = atls_sql_prepare(db, "SELECT event FROM x_chrome", &s);
	if (ret)
		return ret;
	fputs("{\"displayTimeUnit\": \"ns\", \"traceEvents\": [\n", out);
	ret = print_rows(s, out);
	fputs("\n]}\n", out);
	sqlite3_finalize(s);
	return ret;
}

static const char spans_sql[] =
	"WITH chosen AS (SELECT job_id FROM (SELECT job_id FROM f_job WHERE dur_ns >= 0 ORDER BY dur_ns DESC LIMIT ?1)"
	" UNION SELECT job_id FROM f_job WHERE dur_ns >= 0 AND ?2 > 0 AND job_id % max(?2, 1) = 0)"
	" SELECT span FROM x_otlp WHERE job_id IN chosen";

int atls_export_otlp(sqlite3 *db, FILE *out, int slowest, int sample)
{
	sqlite3_stmt *s;
	int ret = atls_sql_exec(db, atls_export_sql);

	if (!ret)
		ret = atls_sql_prepare(db, spans_sql, &s);
	if (ret)
		return ret;
	sqlite3_bind_int(s, 1, slowest);
	sqlite3_bind_int(s, 2, sample);
	fputs("{\"resourceSpans\": [{\"resource\": {\"attributes\": [{\"key\": \"service.name\", \"value\": "
	      "{\"stringValue\": \"asynctls\"}}]}, \"scopeSpans\": [{\"scope\": {\"name\": \"asynctls\", "
	      "\"version\": \"" ATLS_VERSION "\"}, \"spans\": [\n",
	      out);
	ret = print_rows(s, out);
	fputs("\n]}]}]}\n", out);
	sqlite3_finalize(s);
	return ret;
}
