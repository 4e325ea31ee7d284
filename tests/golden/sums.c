/* SPDX-License-Identifier: Apache-2.0 */
/* sums TRACE...: sums of a database, and what the report makes of them, are those of its rows. */
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "../unit/test.h"
#include "base/sqlite.h"
#include "report/page.h"
#include "store/analysis.h"
#include "store/open.h"
#include "sums.sql.h"

/* Say each row as a diagnosis; returns how many there were, or -errno. */
static int differences(sqlite3 *db)
{
	sqlite3_stmt *s;
	int ret = atls_sql_prepare(db, atls_sums_sql, &s), n = 0;

	if (ret)
		return ret;
	for (; (ret = atls_sql_step(s)) == 1; n++)
		printf("# %s\n#   of sums: %s\n#   of rows: %s\n", sqlite3_column_text(s, 0),
		       sqlite3_column_text(s, 1), sqlite3_column_text(s, 2));
	sqlite3_finalize(s);
	return ret ? ret : n;
}

static void check(const char *trace, const char *folder)
{
	struct atls_analysis_result result;
	struct atls_data d = { 0 };
	sqlite3 *db;

	snprintf(d.trace, sizeof(d.trace), "%s", trace);
	snprintf(d.db, sizeof(d.db), "%s/sums.db", folder);
	if (!ok(!atls_analyze(&d, &result) && !atls_db_open(d.db, &db), trace))
		return;
	is(atls_report_make_views(db), 0, "the report has its views");
	is(differences(db), 0, "its sums are those of the rows");
	sqlite3_close(db);
	unlink(d.db);
}

int main(int argc, char **argv)
{
	char folder[] = "/tmp/asynctls-sums-XXXXXX";

	if (!mkdtemp(folder))
		return 99;
	for (int i = 1; i < argc; i++)
		check(argv[i], folder);
	rmdir(folder);
	return done();
}
