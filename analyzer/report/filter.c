/* SPDX-License-Identifier: Apache-2.0 */
/* The filters that commands have in common, as temporary views. */
#include "report/filter.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/sqlite.h"
#include "base/units.h"
#include "duration.h"

bool atls_filter_any(const struct atls_filter *f)
{
	return f->time || f->pid || f->tid || f->conn || f->op || f->outcome || f->min || f->max;
}

static int bad(const char *option, const char *text, const char *wanted)
{
	atls_error("--%s: '%s' is not %s", option, text, wanted);
	return -EINVAL;
}

/* A point of the time filter, as ns from the first event. */
static bool parse_point(sqlite3 *db, const char *text, int64_t *ns)
{
	double share;
	int64_t wall;

	if (!strchr(text, '%'))
		return atls_duration_parse(text, ns);
	wall = atls_sql_integer(db, 0,
				"SELECT (SELECT value FROM v_meta WHERE key = 't1_ns') - "
				"(SELECT value FROM v_meta WHERE key = 't0_ns')");
	if (!atls_share_parse(text, &share))
		return false;
	*ns = llround(share * (double)wall);
	return true;
}

static int add_time(sqlite3_str *where, sqlite3 *db, const char *text)
{
	const char *comma = strchr(text, ',');
	int64_t from = 0, to = INT64_MAX / 4;
	char first[64];

	snprintf(first, sizeof(first), "%.*s", (int)(comma ? comma - text : (long)strlen(text)),
		 text);
	if (!comma || (*first && !parse_point(db, first, &from)) ||
	    (comma[1] && !parse_point(db, comma + 1, &to)))
		return bad(
			"time", text,
			"FROM,TO: durations with their units, such as 1.5s, or shares such as 10%");
	sqlite3_str_appendf(
		where,
		" AND ts_ns - (SELECT value FROM v_meta WHERE key = 't0_ns') BETWEEN %lld AND %lld",
		(sqlite3_int64)from, (sqlite3_int64)to);
	return 0;
}

/* "a,b" becomes AND column IN ('a', 'b'); numbers stay numbers. */
static int add_list(sqlite3_str *where, const char *option, const char *column, const char *text,
		    bool number)
{
	const char *separator = "";

	if (!text)
		return 0;
	sqlite3_str_appendf(where, " AND %s IN (", column);
	while (*text) {
		int n = (int)strcspn(text, ",");
		char *end, one[64];
		long long value;

		snprintf(one, sizeof(one), "%.*s", n, text);
		value = strtoll(one, &end, 10);
		if (!*one || (number && *end))
			return bad(option, text, number ? "a list of numbers" : "a list of names");
		if (number)
			sqlite3_str_appendf(where, "%s%lld", separator, value);
		else
			sqlite3_str_appendf(where, "%s%Q", separator, one);
		separator = ", ";
		text += n + (text[n] == ',');
	}
	sqlite3_str_appendall(where, ")");
	return 0;
}

static int add_common(sqlite3_str *where, sqlite3 *db, const struct atls_filter *f, const char *dur)
{
	int ret = f->time ? add_time(where, db, f->time) : 0;

	if (!ret)
		ret = add_list(where, "pid", "pid", f->pid, true);
	if (!ret)
		ret = add_list(where, "conn", "conn_id", f->conn, true);
	if (f->min)
		sqlite3_str_appendf(where, " AND %s >= %lld", dur, (sqlite3_int64)f->min);
	if (f->max)
		sqlite3_str_appendf(where, " AND %s <= %lld", dur, (sqlite3_int64)f->max);
	return ret;
}

static int make_view(sqlite3 *db, const char *view, const char *of, sqlite3_str *where, int ret)
{
	char *conditions = sqlite3_str_finish(where), *sql;

	if (ret) {
		sqlite3_free(conditions);
		return ret;
	}
	sql = sqlite3_mprintf("CREATE TEMP VIEW %s AS SELECT * FROM %s WHERE true%s", view, of,
			      conditions ? conditions : "");
	sqlite3_free(conditions);
	ret = sql ? atls_sql_exec(db, sql) : -ENOMEM;
	sqlite3_free(sql);
	return ret;
}

static int make_job_view(const struct atls_filter *f, sqlite3 *db)
{
	sqlite3_str *where = sqlite3_str_new(db);
	int ret = add_common(where, db, f, "dur_ns");

	if (!ret)
		ret = add_list(where, "tid", "tid", f->tid, true);
	if (!ret)
		ret = add_list(where, "op", "op", f->op, false);
	if (!ret)
		ret = add_list(where, "outcome", "outcome", f->outcome, false);
	return make_view(db, "f_job", "v_job", where, ret);
}

static int make_conn_view(const struct atls_filter *f, sqlite3 *db)
{
	sqlite3_str *where = sqlite3_str_new(db);
	int ret = add_common(where, db, f, "handshake_dur_ns");

	/* A filter of jobs applies to the connections of these jobs, too. */
	if (!ret && (f->tid || f->op || f->outcome))
		sqlite3_str_appendall(where, " AND conn_id IN (SELECT conn_id FROM f_job)");
	return make_view(db, "f_conn", "v_conn", where, ret);
}

/* Rows of a job are kept with it; operations outside any job only if there is no filter. */
static const char followers_sql[] =
	"CREATE TEMP VIEW f_wait AS SELECT * FROM v_wait WHERE job_id IN (SELECT job_id FROM f_job);"
	"CREATE TEMP VIEW f_slice AS SELECT * FROM v_slice WHERE job_id IN (SELECT job_id FROM f_job);"
	"CREATE TEMP VIEW f_engine_op AS SELECT * FROM v_engine_op WHERE job_id IN (SELECT job_id FROM f_job);";
static const char unfiltered_sql[] = "CREATE TEMP VIEW f_wait AS SELECT * FROM v_wait;"
				     "CREATE TEMP VIEW f_slice AS SELECT * FROM v_slice;"
				     "CREATE TEMP VIEW f_engine_op AS SELECT * FROM v_engine_op;";

int atls_filter_make_views(const struct atls_filter *f, sqlite3 *db)
{
	int ret = make_job_view(f, db);

	if (!ret)
		ret = make_conn_view(f, db);
	return ret ? ret : atls_sql_exec(db, atls_filter_any(f) ? followers_sql : unfiltered_sql);
}
