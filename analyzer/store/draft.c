/* SPDX-License-Identifier: Apache-2.0 */
/* A database in the making: a temporary file beside the one that it will be. */
#include "store/draft.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sqlite.h"

static int fail(const char *path)
{
	int err = errno;

	atls_error("%s: %s", path, strerror(err));
	return -err;
}

static int make_file(const char *path, char **temporary)
{
	int fd;

	if (asprintf(temporary, "%s.XXXXXX", path) < 0) {
		*temporary = NULL;
		return -ENOMEM;
	}
	fd = mkstemp(*temporary);
	if (fd >= 0) {
		close(fd);
		return 0;
	}
	fd = fail(path);
	free(*temporary);
	*temporary = NULL;
	return fd;
}

int atls_draft_create(struct atls_draft *d, const char *path)
{
	*d = (struct atls_draft){ .path = strdup(path) };
	return d->path ? make_file(path, &d->temporary) : -ENOMEM;
}

/* mkstemp's mode is 0600; a database is as private as the umask says. */
static int widen_mode(const char *path)
{
	mode_t mask = umask(0);

	umask(mask);
	return chmod(path, 0666 & ~mask);
}

int atls_draft_publish(struct atls_draft *d)
{
	if (widen_mode(d->temporary) || rename(d->temporary, d->path))
		return fail(d->path);
	free(d->temporary);
	d->temporary = NULL;
	return 0;
}

void atls_draft_destroy(struct atls_draft *d)
{
	if (d->temporary)
		unlink(d->temporary);
	free(d->temporary);
	free(d->path);
	*d = (struct atls_draft){ 0 };
}

/* A crash leaves a temporary file that nobody reads: no journal is needed. */
static const char begin_sql[] = "PRAGMA page_size = 16384; PRAGMA journal_mode = OFF;"
				"PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;"
				"PRAGMA cache_size = -32768; PRAGMA temp_store = FILE; BEGIN";

int atls_draft_open(const char *temporary, sqlite3 **db)
{
	sqlite3 *handle = NULL;
	int rc = sqlite3_open(temporary, &handle);
	int ret = atls_sql_check(handle, rc);

	if (!ret)
		ret = atls_sql_functions(handle);
	if (!ret)
		ret = atls_sql_exec(handle, begin_sql);
	if (ret)
		sqlite3_close(handle);
	else
		*db = handle;
	return ret;
}

int atls_draft_close(sqlite3 *db)
{
	int ret = atls_sql_exec(db, "COMMIT");

	return sqlite3_close(db) == SQLITE_OK || ret ? ret : -EIO;
}
