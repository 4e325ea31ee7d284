/* SPDX-License-Identifier: Apache-2.0 */
/* Opens what -i names, and analyzes it first if need be. */
#include "store/open.h"

#include <errno.h>
#include <ftw.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/exit.h"
#include "base/log.h"
#include "base/sqlite.h"
#include "store/analysis.h"
#include "store/tables.h"

/* nftw has no context argument. */
static __thread struct timespec newest;

static int later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)path;
	(void)where;
	if (type == FTW_F && later(&st->st_mtim, &newest))
		newest = st->st_mtim;
	return 0;
}

static bool up_to_date(const struct atls_data *d)
{
	struct stat db, meta;
	sqlite3 *handle;
	bool current;

	if (stat(d->db, &db))
		return false;
	newest = (struct timespec){ 0 };
	nftw(d->trace, visit, 16, FTW_PHYS);
	if (*d->meta && !stat(d->meta, &meta) && later(&meta.st_mtim, &newest))
		newest = meta.st_mtim;
	if (later(&newest, &db.st_mtim) ||
	    sqlite3_open_v2(d->db, &handle, SQLITE_OPEN_READONLY, NULL))
		return false;
	current = atls_sql_integer(handle, 0, "PRAGMA user_version") == ATLS_SCHEMA_VERSION;
	sqlite3_close(handle);
	return current;
}

int atls_db_open(const char *path, sqlite3 **out)
{
	sqlite3 *handle = NULL;
	int rc = sqlite3_open_v2(path, &handle, SQLITE_OPEN_READONLY, NULL);
	int ret = atls_sql_check(handle, rc);
	int64_t version;

	if (!ret)
		ret = atls_sql_functions(handle);
	version = ret ? 0 : atls_sql_integer(handle, -1, "PRAGMA user_version");
	if (!ret && version != ATLS_SCHEMA_VERSION) {
		if (version >= 0)
			atls_error(
				"%s: schema %lld, but this version reads %d; run 'asynctls analyze' again",
				path, (long long)version, ATLS_SCHEMA_VERSION);
		ret = -EINVAL;
	}
	if (ret)
		sqlite3_close(handle);
	else
		*out = handle;
	return ret;
}

int atls_data_open(const char *input, sqlite3 **handle)
{
	struct atls_data d;
	int status = ATLS_EXIT_OK;

	if (atls_data_locate(input, &d))
		return ATLS_EXIT_TRACE;
	if (*d.trace && !up_to_date(&d)) {
		struct atls_analysis_result result;
		int ret = atls_analyze(&d, &result);

		status = ret ? atls_analysis_status(ret) : ATLS_EXIT_OK;
	}
	if (status == ATLS_EXIT_OK && atls_db_open(d.db, handle))
		status = ATLS_EXIT_TRACE;
	return status;
}

int atls_data_open_sums(const char *input, sqlite3 **handle)
{
	struct atls_analysis_result result;
	struct atls_data d;
	int ret;

	if (atls_data_locate(input, &d))
		return ATLS_EXIT_TRACE;
	if (!*d.trace || up_to_date(&d))
		return atls_data_open(input, handle);
	ret = atls_summarize(&d, &result, handle);
	return ret ? atls_analysis_status(ret) : ATLS_EXIT_OK;
}
