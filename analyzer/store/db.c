/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database that an analysis writes: schema.sql has the tables, model/rows.def the rows.
 *
 *   rows of large tables --> pipe.h --> writer.h --> file
 *   rows of small tables --> later.h, until that is finished --> INSERT
 */
#include "store/db.h"

#include <errno.h>
#include <stdlib.h>

#include "indices.sql.h"
#include "schema.sql.h"
#include "store/draft.h"
#include "store/facts.h"
#include "store/later.h"
#include "store/pipe.h"

struct atls_db {
	struct atls_draft draft; /* all zero in a summary */
	struct atls_pipe *pipe;	 /* NULL in a summary */
	struct atls_later later;
	sqlite3 *handle; /* of a summary; of a file, from its last row on */
	struct atls_inserts inserts;
};

/* ---- begin ---------------------------------------------------------------------------------- */

static int fill_schema(sqlite3 *db)
{
	struct atls_inserts to = { .db = db };
	int ret = atls_sql_exec(db, atls_schema_sql);

	if (!ret)
		ret = atls_facts_of_codes(&to);
	atls_inserts_finish(&to);
	return ret;
}

static int make_file(const char *path)
{
	sqlite3 *handle;
	int ret = atls_draft_open(path, &handle), closed;

	if (ret)
		return ret;
	ret = fill_schema(handle);
	closed = atls_draft_close(handle);
	return ret ? ret : closed;
}

int atls_db_create(const char *path, const struct atls_writer *writer, struct atls_db **out)
{
	struct atls_db *db = calloc(1, sizeof(*db));
	int ret = db ? atls_draft_create(&db->draft, path) : -ENOMEM;

	if (!ret)
		ret = make_file(db->draft.temporary);
	if (!ret)
		ret = atls_pipe_create(writer, db->draft.temporary, &db->pipe);
	if (ret)
		atls_db_destroy(db);
	else
		*out = db;
	return ret;
}

int atls_db_create_summary(struct atls_db **out)
{
	struct atls_db *db = calloc(1, sizeof(*db));
	int ret = db ? atls_sql_check(NULL, sqlite3_open(":memory:", &db->handle)) : -ENOMEM;

	if (!ret)
		ret = atls_sql_functions(db->handle);
	if (!ret)
		ret = atls_sql_exec(db->handle, "BEGIN");
	if (!ret)
		ret = fill_schema(db->handle);
	if (ret)
		atls_db_destroy(db);
	else
		*out = db;
	return ret;
}

/* ---- rows ----------------------------------------------------------------------------------- */

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define ATLS_LARGE(name, table, fields)                                                    \
	static int add_##name(void *ctx, const struct atls_row_##name *row)                \
	{                                                                                  \
		const struct atls_db *db = ctx;                                            \
		const int64_t values[] = { fields };                                       \
		return atls_pipe_add(db->pipe, ATLS_TABLE_##name, values, LENGTH(values)); \
	}
#define ATLS_SMALL(name, table, fields)
#define ATLS_INT(type, column) row->column,
#define ATLS_ID(type, column) row->column ? row->column : ATLS_NULL,
#define ATLS_FIELD(type, declarator)
#define ATLS_PART(column, field) row->field,
#include "model/rows.def"

#define ATLS_LARGE(name, table, fields)
#define ATLS_SMALL(name, table, fields)                                       \
	static int add_##name(void *ctx, const struct atls_row_##name *row)   \
	{                                                                     \
		struct atls_db *db = ctx;                                     \
		const union atls_sql_value values[] = { fields };             \
		return atls_later_add(&db->later, ATLS_TABLE_##name, values); \
	}
#define ATLS_INT(type, column) { .number = row->column },
#define ATLS_ID(type, column) { .number = row->column ? row->column : ATLS_NULL },
#define ATLS_TEXT(bytes, column) { .text = row->column },
#define ATLS_STRING(column) { .text = row->column },
#define ATLS_FIELD(type, declarator)
#define ATLS_PART(column, field) { .number = row->field },
#include "model/rows.def"

const struct atls_sink atls_db_sink = {
#define ATLS_ROW(name, table, fields) .name = add_##name,
#include "model/rows.def"
};

const struct atls_sink atls_db_summary_sink = {
#define ATLS_LARGE(name, table, fields)
#define ATLS_SMALL(name, table, fields) .name = add_##name,
#include "model/rows.def"
};

/* ---- finish rows ---------------------------------------------------------------------------- */

static int finish_large(struct atls_db *db)
{
	int ret = atls_pipe_finish(db->pipe);

	return ret ? ret : atls_draft_open(db->draft.temporary, &db->handle);
}

int atls_db_finish_rows(struct atls_db *db)
{
	int ret = db->pipe ? finish_large(db) : 0;

	db->inserts.db = db->handle;
	return ret ? ret : atls_later_insert(&db->later, &db->inserts);
}

/* ---- facts, commit -------------------------------------------------------------------------- */

struct atls_inserts *atls_db_inserts(struct atls_db *db)
{
	return &db->inserts;
}

static int publish(struct atls_db *db)
{
	int ret = sqlite3_close(db->handle) == SQLITE_OK ? 0 : -EIO;

	db->handle = NULL;
	return ret ? ret : atls_draft_publish(&db->draft);
}

int atls_db_commit(struct atls_db *db)
{
	int ret = atls_sql_exec(db->handle, atls_indices_sql);

	atls_inserts_finish(&db->inserts);
	if (!ret)
		ret = atls_sql_exec(db->handle, "COMMIT");
	return ret || !db->pipe ? ret : publish(db);
}

sqlite3 *atls_db_take(struct atls_db *db)
{
	sqlite3 *handle = db->handle;

	db->handle = NULL;
	atls_db_destroy(db);
	return handle;
}

void atls_db_destroy(struct atls_db *db)
{
	if (!db)
		return;
	atls_pipe_destroy(db->pipe);
	atls_inserts_finish(&db->inserts);
	sqlite3_close(db->handle);
	atls_later_finish(&db->later);
	atls_draft_destroy(&db->draft);
	free(db);
}
