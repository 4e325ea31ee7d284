/* SPDX-License-Identifier: Apache-2.0 */
/* The database that an analysis writes: a sink of the model's rows, complete or not there at all. */
#pragma once

#include <sqlite3.h>

#include "model/model.h"
#include "store/inserts.h"

struct atls_db;

/*
 * Begin a database that is to appear at path. Until the commit it is a temporary file beside it, in
 * one transaction. Returns 0 or -errno, worded.
 */
int atls_db_create(const char *path, struct atls_db **db);
/* One in memory that keeps no rows of the large tables: for the sums of aggregate.h. */
int atls_db_create_summary(struct atls_db **db);
/* The sink; its context is the database. */
extern const struct atls_sink atls_db_sink;
/* One fact about the recording; later ones win. text may be NULL. */
int atls_db_meta_text(struct atls_db *db, const char *key, const char *text);
int atls_db_meta_integer(struct atls_db *db, const char *key, int64_t number);
/* Take what the recorder wrote into the file meta_json, if it is there. */
int atls_db_meta_file(struct atls_db *db, const char *meta_json);
/*
 * For rows that are no part of the model, before the commit; the transaction is open. All rows of the
 * model have come by then. NULL if that failed, worded.
 */
sqlite3 *atls_db_handle(struct atls_db *db);
/* The same, prepared. */
struct atls_inserts *atls_db_inserts(struct atls_db *db);
/* Totals, indices, statistics; then the file takes its name, in place of an older one. */
int atls_db_commit(struct atls_db *db, const struct atls_totals *totals);
/* The handle of a summary that was committed; db is gone, and the handle is closed with sqlite3_close. */
sqlite3 *atls_db_take(struct atls_db *db);
/* What was not committed vanishes. NULL is fine. */
void atls_db_destroy(struct atls_db *db);

/* Open a finished database for reading; *handle is closed with sqlite3_close. -EINVAL: not ours. */
int atls_db_open(const char *path, sqlite3 **handle);
