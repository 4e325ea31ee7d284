/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database that an analysis writes, complete or not there at all. Stages follow each other:
 *
 *   begin --> rows --> finish rows --> facts --> commit
 */
#pragma once

#include <sqlite3.h>

#include "model/model.h"
#include "store/inserts.h"
#include "store/writer.h"

struct atls_db;

/*
 * Begin a database that is to appear at path; until the commit it is a temporary file beside it.
 * writer takes the rows of the large tables. Returns 0 or -errno, worded.
 */
int atls_db_create(const char *path, const struct atls_writer *writer, struct atls_db **db);
/*
 * Begin one in memory, which takes no rows of the large tables: for the sums of sums/aggregate.h.
 */
int atls_db_create_summary(struct atls_db **db);

/* Rows: a sink, whose context is the database; and that of a summary. */
extern const struct atls_sink atls_db_sink;
extern const struct atls_sink atls_db_summary_sink;

/* All rows of the model have come: their tables are complete. Returns 0 or -errno, worded. */
int atls_db_finish_rows(struct atls_db *db);

/*
 * Facts, and whatever else is no row of the model: between finish_rows and commit, in one
 * transaction.
 */
struct atls_inserts *atls_db_inserts(struct atls_db *db);

/* Make what is derived from tables; then the file takes its name, in place of an older one. */
int atls_db_commit(struct atls_db *db);
/*
 * The handle of a summary that was committed; db is gone, and the handle is closed with
 * sqlite3_close.
 */
sqlite3 *atls_db_take(struct atls_db *db);
/* What was not committed vanishes. NULL is fine. */
void atls_db_destroy(struct atls_db *db);
