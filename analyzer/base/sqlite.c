/* SPDX-License-Identifier: Apache-2.0 */
/* Small helpers over SQLite. */
#include "base/sqlite.h"

#include <errno.h>
#include <stddef.h>

#include "base/codes.h"
#include "base/format.h"
#include "base/hist.h"
#include "base/log.h"

static int to_errno(sqlite3 *db, int rc)
{
	switch (rc & 0xff) {
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return -EINVAL;
	case SQLITE_CANTOPEN:
	case SQLITE_IOERR:
		return db && sqlite3_system_errno(db) ? -sqlite3_system_errno(db) : -EIO;
	default:
		return -EIO;
	}
}

int atls_sql_check(sqlite3 *db, int rc)
{
	const char *file;

	if (rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE)
		return 0;
	file = db ? sqlite3_db_filename(db, "main") : NULL;
	atls_error("%s: %s", file && *file ? file : "database",
		   db ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
	return to_errno(db, rc);
}

int atls_sql_exec(sqlite3 *db, const char *sql)
{
	return atls_sql_check(db, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

int atls_sql_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **stmt)
{
	return atls_sql_check(db, sqlite3_prepare_v2(db, sql, -1, stmt, NULL));
}

int atls_sql_step(sqlite3_stmt *stmt)
{
	int rc = sqlite3_step(stmt);

	if (rc == SQLITE_ROW)
		return 1;
	return atls_sql_check(sqlite3_db_handle(stmt), rc);
}

static int bind(sqlite3_stmt *stmt, int at, char type, union atls_sql_value value)
{
	if (type == 't')
		return sqlite3_bind_text(stmt, at, value.text, -1, SQLITE_STATIC);
	return value.number == ATLS_NULL ? sqlite3_bind_null(stmt, at)
					 : sqlite3_bind_int64(stmt, at, value.number);
}

int atls_sql_insert(sqlite3_stmt *stmt, const char *types, const union atls_sql_value *values)
{
	int rc = SQLITE_OK;

	for (int i = 0; types[i] && rc == SQLITE_OK; i++)
		rc = bind(stmt, i + 1, types[i], values[i]);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_DONE)
		rc = sqlite3_reset(stmt);
	return atls_sql_check(sqlite3_db_handle(stmt), rc);
}

int atls_sql_each(sqlite3 *db, const char *sql, void (*row)(sqlite3_stmt *s))
{
	sqlite3_stmt *s;
	int ret = atls_sql_prepare(db, sql, &s);

	if (ret)
		return ret;
	while ((ret = atls_sql_step(s)) == 1)
		row(s);
	sqlite3_finalize(s);
	return ret;
}

int64_t atls_sql_integer(sqlite3 *db, int64_t fallback, const char *sql)
{
	sqlite3_stmt *stmt;
	int64_t value = fallback;

	if (atls_sql_prepare(db, sql, &stmt))
		return fallback;
	if (atls_sql_step(stmt) == 1 && sqlite3_column_type(stmt, 0) != SQLITE_NULL)
		value = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return value;
}

/* ---- p(x, q) -------------------------------------------------------------------------------- */

struct quantile {
	double q;
	struct atls_hist hist;
};

static void quantile_step(sqlite3_context *context, int argc, sqlite3_value **argv)
{
	struct quantile *state = sqlite3_aggregate_context(context, sizeof(*state));

	if (!state) {
		sqlite3_result_error_nomem(context);
		return;
	}
	state->q = sqlite3_value_double(argv[1]);
	if (sqlite3_value_type(argv[0]) != SQLITE_NULL)
		atls_hist_add(&state->hist, sqlite3_value_int64(argv[0]));
}

static void quantile_final(sqlite3_context *context)
{
	struct quantile *state = sqlite3_aggregate_context(context, 0);

	if (state && state->hist.count)
		sqlite3_result_int64(context, atls_hist_quantile(&state->hist, state->q));
	else
		sqlite3_result_null(context);
}

/* ---- pc(bucket, count, min, max, q) --------------------------------------------------------- */

static void bucket_step(sqlite3_context *context, int argc, sqlite3_value **argv)
{
	struct quantile *state = sqlite3_aggregate_context(context, sizeof(*state));

	if (!state) {
		sqlite3_result_error_nomem(context);
		return;
	}
	state->q = sqlite3_value_double(argv[4]);
	if (sqlite3_value_type(argv[0]) != SQLITE_NULL)
		atls_hist_add_bucket(&state->hist, (unsigned)sqlite3_value_int(argv[0]),
				     (uint64_t)sqlite3_value_int64(argv[1]),
				     sqlite3_value_int64(argv[2]), sqlite3_value_int64(argv[3]));
}

/* ---- human(ns) ------------------------------------------------------------------------------ */

static void human(sqlite3_context *context, int argc, sqlite3_value **argv)
{
	atls_text text;

	if (sqlite3_value_type(argv[0]) != SQLITE_NULL)
		sqlite3_result_text(context, atls_format_ns(text, sqlite3_value_int64(argv[0])), -1,
				    SQLITE_TRANSIENT);
}

int atls_sql_functions(sqlite3 *db)
{
	int rc = sqlite3_create_function(db, "p", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, NULL,
					 quantile_step, quantile_final);

	if (rc == SQLITE_OK)
		rc = sqlite3_create_function(db, "pc", 5, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
					     NULL, bucket_step, quantile_final);
	if (rc == SQLITE_OK)
		rc = sqlite3_create_function(db, "human", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
					     NULL, human, NULL, NULL);
	return atls_sql_check(db, rc);
}
