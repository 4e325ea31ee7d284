/* SPDX-License-Identifier: Apache-2.0 */
/* The database that an analysis writes: schema.sql has the tables, model/rows.def the rows. */
#include "store/db.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sqlite.h"
#include "indices.sql.h"
#include "schema.sql.h"
#include "store/bulk.h"

static const char meta_insert[] = "INSERT OR REPLACE INTO meta(key, value) VALUES (?,?)";

struct atls_db {
	sqlite3 *handle;
	struct atls_inserts inserts;
	sqlite3_stmt *meta;
	char *path; /* final name */
	char *temporary;
	/* Takes the rows of the large tables as long as there is no handle. */
	struct atls_bulk *bulk;
	bool is_summary; /* without the rows of the large tables */
};

static int end_bulk(struct atls_db *db);

/* ---- inserting ------------------------------------------------------------------------------ */

static int put_large(struct atls_db *db, enum atls_table_id table, const int64_t *values,
		     unsigned n)
{
	if (db->is_summary)
		return 0;
	if (db->handle)
		return atls_insert_integers(&db->inserts, table, values);
	return atls_bulk_add(db->bulk, table, values, n);
}

/* Integers can be written without SQLite; the first row with a text ends that. */
static int put_small(struct atls_db *db, enum atls_table_id table,
		     const union atls_sql_value *values, unsigned n)
{
	int64_t numbers[ATLS_MAX_COLUMNS];
	int ret = 0;

	if (!db->handle && strchr(atls_tables[table].types, 't'))
		ret = end_bulk(db);
	if (ret || db->handle)
		return ret ? ret : atls_insert(&db->inserts, table, values);
	for (unsigned i = 0; i < n; i++)
		numbers[i] = values[i].number;
	return atls_bulk_add(db->bulk, table, numbers, n);
}

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define ATLS_LARGE(name, table, fields)                                           \
	static int put_##name(void *ctx, const struct atls_row_##name *row)       \
	{                                                                         \
		const int64_t values[] = { fields };                              \
		return put_large(ctx, ATLS_TABLE_##name, values, LENGTH(values)); \
	}
#define ATLS_SMALL(name, table, fields)
#define ATLS_INT(type, column) row->column,
#define ATLS_ID(type, column) row->column ? row->column : ATLS_NULL,
#define ATLS_FIELD(type, declarator)
#define ATLS_PART(column, field) row->field,
#include "model/rows.def"

#define ATLS_LARGE(name, table, fields)
#define ATLS_SMALL(name, table, fields)                                           \
	static int put_##name(void *ctx, const struct atls_row_##name *row)       \
	{                                                                         \
		const union atls_sql_value values[] = { fields };                 \
		return put_small(ctx, ATLS_TABLE_##name, values, LENGTH(values)); \
	}
#define ATLS_INT(type, column) { .number = row->column },
#define ATLS_ID(type, column) { .number = row->column ? row->column : ATLS_NULL },
#define ATLS_TEXT(bytes, column) { .text = row->column },
#define ATLS_STRING(column) { .text = row->column },
#define ATLS_FIELD(type, declarator)
#define ATLS_PART(column, field) { .number = row->field },
#include "model/rows.def"

const struct atls_sink atls_db_sink = {
#define ATLS_ROW(name, table, fields) .name = put_##name,
#include "model/rows.def"
};

static int put_enums(struct atls_db *db, const struct atls_enum_desc *list, size_t n)
{
	int ret = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < list[i].nvalues && !ret; k++)
			ret = ATLS_INSERT(&db->inserts, enum, .domain = list[i].name,
					  .code = list[i].values[k].number,
					  .name = list[i].values[k].text);
	return ret;
}

/* ---- facts about the recording -------------------------------------------------------------- */

static int put_fact(struct atls_db *db, const char *types, const char *key,
		    union atls_sql_value value)
{
	int ret = db->handle ? 0 : end_bulk(db);

	return ret ? ret
		   : atls_sql_insert(db->meta, types,
				     (union atls_sql_value[]){ { .text = key }, value });
}

int atls_db_meta_integer(struct atls_db *db, const char *key, int64_t number)
{
	return put_fact(db, "ti", key, (union atls_sql_value){ .number = number });
}

int atls_db_meta_text(struct atls_db *db, const char *key, const char *text)
{
	return put_fact(db, "tt", key, (union atls_sql_value){ .text = text });
}

static char *read_all(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (!f)
		return NULL;
	if (getdelim(&text, &size, '\0', f) < 0) {
		free(text);
		text = NULL;
	}
	fclose(f);
	return text;
}

/*
 * The keys at the top of meta.json. What the analysis counts itself keeps the recorder's figure under
 * recorder_KEY; the command becomes one line, quoted for the shell; other lists and objects stay JSON.
 */
static const char meta_sql[] =
	"INSERT OR REPLACE INTO meta(key, value)"
	" SELECT CASE WHEN key IN ('events','lost','jobs','schema_version','t0_ns','t1_ns')"
	"  THEN 'recorder_' || key ELSE key END,"
	" CASE WHEN key = 'command' AND type = 'array' THEN ("
	"  SELECT group_concat(CASE WHEN value = '' OR value GLOB '*[^A-Za-z0-9_./:=,@%+-]*'"
	"   THEN '''' || replace(value, '''', '''\\''''') || '''' ELSE value END, ' ')"
	"  FROM json_each(whole.value))"
	" WHEN key = 'incomplete' THEN CASE type WHEN 'true' THEN 'the recorder says that something is missing; see meta.json'"
	"  WHEN 'false' THEN NULL ELSE value END"
	" WHEN type = 'true' THEN 1 WHEN type = 'false' THEN 0 ELSE value END"
	" FROM json_each(?) AS whole WHERE key IS NOT NULL";

int atls_db_meta_file(struct atls_db *db, const char *meta_json)
{
	char *text = read_all(meta_json);
	sqlite3_stmt *s = NULL;

	if (!text)
		return 0;
	if (!db->handle && end_bulk(db)) {
		free(text);
		return -EIO;
	}
	if (sqlite3_prepare_v2(db->handle, meta_sql, -1, &s, NULL) != SQLITE_OK ||
	    sqlite3_bind_text(s, 1, text, -1, SQLITE_STATIC) != SQLITE_OK ||
	    sqlite3_step(s) != SQLITE_DONE)
		atls_warn("%s: %s; left out", meta_json, sqlite3_errmsg(db->handle));
	sqlite3_finalize(s);
	free(text);
	return 0;
}

static int put_totals(struct atls_db *db, const struct atls_totals *t)
{
	const struct {
		const char *key;
		int64_t value;
	} facts[] = {
		{ "schema_version", ATLS_SCHEMA_VERSION },
		{ "t0_ns", t->t0 },
		{ "t1_ns", t->t1 },
		{ "events", t->events },
		{ "lost", t->lost_events },
		{ "jobs", t->jobs },
		{ "lost_packets", t->lost_packets },
	};
	int ret = 0;

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]) && !ret; i++)
		ret = atls_db_meta_integer(db, facts[i].key, facts[i].value);
	for (int id = 0; id < ATLS_EV_COUNT && !ret; id++)
		ret = ATLS_INSERT(&db->inserts, event_count, .name = atls_event_describe(id)->name,
				  .count = t->by_event[id]);
	return ret;
}

/* ---- beginning and end ---------------------------------------------------------------------- */

/* The file exists afterwards, so that no other analysis takes the same name. */
static int make_temporary(struct atls_db *db)
{
	int fd;

	if (asprintf(&db->temporary, "%s.XXXXXX", db->path) < 0) {
		db->temporary = NULL;
		return -ENOMEM;
	}
	fd = mkstemp(db->temporary);
	if (fd < 0) {
		int err = errno;

		atls_error("%s: %s", db->path, strerror(err));
		free(db->temporary);
		db->temporary = NULL;
		return -err;
	}
	close(fd);
	return 0;
}

static int open_temporary(struct atls_db *db)
{
	int rc = sqlite3_open(db->temporary, &db->handle);
	int ret = atls_sql_check(db->handle, rc);

	if (!ret)
		ret = atls_sql_functions(db->handle);
	/* A crash leaves a temporary file that nobody reads: no journal is needed. */
	if (!ret)
		ret = atls_sql_exec(db->handle,
				    "PRAGMA page_size = 16384; PRAGMA journal_mode = OFF;"
				    "PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;"
				    "PRAGMA cache_size = -32768; PRAGMA temp_store = FILE; BEGIN");
	return ret;
}

static int prepare(struct atls_db *db)
{
	int ret = atls_inserts_prepare(&db->inserts, db->handle);

	return ret ? ret : atls_sql_prepare(db->handle, meta_insert, &db->meta);
}

static void finish_statements(struct atls_db *db)
{
	atls_inserts_finish(&db->inserts);
	sqlite3_finalize(db->meta);
	db->meta = NULL;
}

static int close_handle(struct atls_db *db)
{
	int rc;

	finish_statements(db);
	rc = sqlite3_close(db->handle);
	db->handle = NULL;
	return rc == SQLITE_OK ? 0 : -EIO;
}

/* From the empty tables in the file on, rows of the large ones go past SQLite. */
static int begin_bulk(struct atls_db *db)
{
	uint32_t roots[ATLS_LARGE_TABLES + ATLS_INDICES];
	char sql[100];
	int ret = atls_sql_exec(db->handle, "COMMIT");

	for (int i = 0; i < ATLS_LARGE_TABLES + ATLS_INDICES && !ret; i++) {
		snprintf(sql, sizeof(sql), "SELECT rootpage FROM sqlite_schema WHERE name = '%s'",
			 i < ATLS_LARGE_TABLES ? atls_tables[i].name
					       : atls_indices[i - ATLS_LARGE_TABLES].name);
		roots[i] = (uint32_t)atls_sql_integer(db->handle, 0, sql);
	}
	if (!ret)
		ret = close_handle(db);
	if (ret)
		return ret;
	db->bulk = atls_bulk_create(db->temporary, roots);
	return db->bulk ? 0 : -EIO;
}

static int put_spilt(void *ctx, int which, const int64_t *values, unsigned n)
{
	return atls_insert_integers(ctx, (enum atls_table_id)which, values);
}

/* The large tables are complete; SQLite takes over. */
static int end_bulk(struct atls_db *db)
{
	int ret = atls_bulk_end(db->bulk);

	if (!ret)
		ret = open_temporary(db);
	if (!ret)
		ret = prepare(db);
	if (!ret)
		ret = atls_bulk_spilt(db->bulk, put_spilt, &db->inserts);
	atls_bulk_destroy(db->bulk);
	db->bulk = NULL;
	return ret;
}

static int fill_schema(struct atls_db *db)
{
	int ret = atls_sql_exec(db->handle, atls_schema_sql);

	if (!ret)
		ret = prepare(db);
	if (!ret)
		ret = put_enums(db, atls_enums, atls_nenums);
	if (!ret)
		ret = put_enums(db, atls_codes, atls_ncodes);
	return ret;
}

int atls_db_create_summary(struct atls_db **out)
{
	struct atls_db *db = calloc(1, sizeof(*db));
	int ret = -ENOMEM;

	if (!db)
		return ret;
	db->is_summary = true;
	ret = atls_sql_check(NULL, sqlite3_open(":memory:", &db->handle));
	if (!ret)
		ret = atls_sql_functions(db->handle);
	if (!ret)
		ret = atls_sql_exec(db->handle, "BEGIN");
	if (!ret)
		ret = fill_schema(db);
	if (ret)
		atls_db_destroy(db);
	else
		*out = db;
	return ret;
}

int atls_db_create(const char *path, struct atls_db **out)
{
	struct atls_db *db = calloc(1, sizeof(*db));
	int ret = -ENOMEM;

	if (!db)
		return ret;
	db->path = strdup(path);
	if (db->path)
		ret = make_temporary(db);
	if (!ret)
		ret = open_temporary(db);
	if (!ret)
		ret = fill_schema(db);
	if (!ret)
		ret = begin_bulk(db);
	if (ret)
		atls_db_destroy(db);
	else
		*out = db;
	return ret;
}

/* mkstemp's mode is 0600; a database is as private as the umask says. */
static int widen_mode(const char *path)
{
	mode_t mask = umask(0);

	umask(mask);
	return chmod(path, 0666 & ~mask);
}

static int publish(struct atls_db *db)
{
	if (widen_mode(db->temporary) || rename(db->temporary, db->path)) {
		int err = errno;

		atls_error("%s: %s", db->path, strerror(err));
		return -err;
	}
	free(db->temporary);
	db->temporary = NULL;
	return 0;
}

sqlite3 *atls_db_handle(struct atls_db *db)
{
	if (!db->handle && end_bulk(db))
		return NULL;
	return db->handle;
}

struct atls_inserts *atls_db_inserts(struct atls_db *db)
{
	return atls_db_handle(db) ? &db->inserts : NULL;
}

int atls_db_commit(struct atls_db *db, const struct atls_totals *totals)
{
	int ret = put_totals(db, totals);

	if (!ret)
		ret = atls_sql_exec(db->handle, atls_indices_sql);
	if (!ret)
		ret = atls_sql_exec(db->handle, "COMMIT");
	if (ret || db->is_summary)
		return ret;
	ret = close_handle(db);
	return ret ? ret : publish(db);
}

void atls_db_destroy(struct atls_db *db)
{
	if (!db)
		return;
	if (db->handle)
		close_handle(db);
	atls_bulk_destroy(db->bulk);
	if (db->temporary)
		unlink(db->temporary);
	free(db->temporary);
	free(db->path);
	free(db);
}

sqlite3 *atls_db_take(struct atls_db *db)
{
	sqlite3 *handle = db->handle;

	finish_statements(db);
	free(db);
	return handle;
}

/* ---- reading -------------------------------------------------------------------------------- */

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
