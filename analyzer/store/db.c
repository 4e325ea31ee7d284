/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database that an analysis writes. schema.sql has the tables; each row of the model goes to the
 * table of its name, column by column in the table's order.
 */
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

enum insert {
	JOB = ATLS_BULK_JOB,
	SLICE = ATLS_BULK_SLICE,
	WAIT = ATLS_BULK_WAIT,
	CONN = ATLS_BULK_CONN,
	OP = ATLS_BULK_OP,
	WCTX = ATLS_BULK_WCTX,
	WFD = ATLS_BULK_FD,
	CALL = ATLS_BULK_CALL,
	PROCESS = ATLS_BULK_TABLES,
	THREAD,
	LOST,
	TALLY,
	POOL,
	STRING,
	ENUM,
	EVENT_COUNT,
	META,
	NINSERTS
};

static const char *const inserts[NINSERTS] = {
	[JOB] = "INSERT INTO job VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	[SLICE] = "INSERT INTO job_slice VALUES (?,?,?,?,?,?)",
	[WAIT] = "INSERT INTO job_wait VALUES (?,?,?,?,?,?,?,?,?,?)",
	[CONN] = "INSERT INTO conn VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	[OP] = "INSERT INTO engine_op VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
	[WCTX] = "INSERT INTO wait_ctx VALUES (?,?,?,?,?,?,?,?,?)",
	[WFD] = "INSERT INTO wait_fd VALUES (?,?,?,?,?,?,?,?,?)",
	[CALL] = "INSERT INTO ssl_call VALUES (?,?,?,?,?,?,?,?)",
	[TALLY] = "INSERT INTO ssl_tally VALUES (?,?,?,?,?)",
	[PROCESS] =
		"INSERT INTO process(upid, pid, mode, openssl, ts, end_ts, submits, in_place, waits, name)"
		" VALUES (?,?,?,?,?,?,?,?,?,?)",
	[THREAD] =
		"INSERT INTO thread(utid, upid, tid, role, turns, turn_ns, turn_max_ns, wait_ns, jobs, name) VALUES (?,?,?,?,?,?,?,?,?,?)",
	[LOST] = "INSERT INTO lost VALUES (?,?,?,?)",
	[POOL] = "INSERT INTO pool VALUES (?,?,?,?,?,?)",
	[STRING] = "INSERT INTO string(string_id, text) VALUES (?,?)",
	[ENUM] = "INSERT INTO enum(code, domain, name) VALUES (?,?,?)",
	[EVENT_COUNT] = "INSERT INTO event_count(count, name) VALUES (?,?)",
	[META] = "INSERT OR REPLACE INTO meta(value, key) VALUES (?,?)",
};

struct atls_db {
	sqlite3 *handle;
	sqlite3_stmt *stmt[NINSERTS];
	char *path; /* final name */
	char *temporary;
	/* Takes the rows of the large tables as long as there is no handle. */
	struct atls_bulk *bulk;
	bool is_summary; /* without the rows of the large tables */
};

static int end_bulk(struct atls_db *db);

/* ---- inserting ------------------------------------------------------------------------------ */

/* Insert n integers (ATLS_NULL: NULL), then the texts up to the first NULL. */
static int put(struct atls_db *db, enum insert which, const int64_t *values, int n,
	       const char *text1, const char *text2)
{
	int rc = SQLITE_OK, ret = db->handle ? 0 : end_bulk(db);
	sqlite3_stmt *s = db->stmt[which];

	if (ret)
		return ret;
	for (int i = 0; i < n; i++)
		rc |= values[i] == ATLS_NULL ? sqlite3_bind_null(s, i + 1)
					     : sqlite3_bind_int64(s, i + 1, values[i]);
	if (text1)
		rc |= sqlite3_bind_text(s, n + 1, text1, -1, SQLITE_STATIC);
	if (text2)
		rc |= sqlite3_bind_text(s, n + 2, text2, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(s);
	if (rc != SQLITE_DONE)
		return atls_sql_check(db->handle, rc);
	return atls_sql_check(db->handle, sqlite3_reset(s));
}

/* A row of integers, while they can be written without SQLite. */
static int put_row(struct atls_db *db, enum insert which, const int64_t *values, int n)
{
	if (db->is_summary && (int)which < ATLS_BULK_TABLES)
		return 0;
	if (db->handle)
		return put(db, which, values, n, NULL, NULL);
	return atls_bulk_add(db->bulk, which, values, (unsigned)n);
}

#define PUT(db, which, ...)                                  \
	put_row(db, which, (const int64_t[]){ __VA_ARGS__ }, \
		sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))

/* utid 0 is none. */
static int64_t optional(uint32_t id)
{
	return id ? id : ATLS_NULL;
}

#define JOB_VALUES(r)                                                                        \
	r->job_id, r->utid, r->serial, r->conn_id, r->op, r->ts, r->dur, r->pauses,          \
		r->phase_ns[ATLS_PHASE_BUSY], r->phase_ns[ATLS_PHASE_OFFLOAD],               \
		r->phase_ns[ATLS_PHASE_NOTIFY], r->phase_ns[ATLS_PHASE_REQUEUE], r->outcome, \
		r->ret, r->evidence, r->open_phase

int atls_db_keep_job(struct atls_db *db, const struct atls_row_job *r)
{
	const int64_t values[] = { JOB_VALUES(r) };

	return db->is_summary ? put(db, JOB, values, 16, NULL, NULL) : 0;
}

static int put_job(void *ctx, const struct atls_row_job *r)
{
	return PUT(ctx, JOB, JOB_VALUES(r));
}
static int put_slice(void *ctx, const struct atls_row_slice *r)
{
	return PUT(ctx, SLICE, r->job_id, r->seq, r->phase, r->ts, r->dur, r->utid);
}

static int put_wait(void *ctx, const struct atls_row_wait *r)
{
	return PUT(ctx, WAIT, r->job_id, r->seq, r->pause, r->done, r->wake, r->fire, r->ready,
		   r->resume, optional(r->waker), r->evidence);
}

static int put_conn(void *ctx, const struct atls_row_conn *r)
{
	return PUT(ctx, CONN, r->conn_id, r->upid, r->serial, r->ptr, r->ts, r->dur, r->side,
		   r->version, r->cipher, r->resumed, r->hs_ts, r->hs_dur, r->group, r->sigalg,
		   r->name);
}

static int put_op(void *ctx, const struct atls_row_op *r)
{
	return PUT(ctx, OP, r->op_id, r->job_id, r->conn_id, r->utid, r->crypto, r->alg, r->bits,
		   r->ts, r->queue_ns, r->service_ns, r->ok, r->reason);
}

static int put_wctx(void *ctx, const struct atls_row_wctx *r)
{
	return PUT(ctx, WCTX, r->wctx_id, r->upid, r->serial, r->ts, r->dur, r->jobs, r->fds,
		   r->callback, r->status);
}

static int put_wfd(void *ctx, const struct atls_row_wfd *r)
{
	return PUT(ctx, WFD, r->fd_id, r->wctx_id, r->utid, r->fd, r->ts, r->dur, r->wakes,
		   r->readies, r->watched);
}

static int put_call(void *ctx, const struct atls_row_call *r)
{
	return PUT(ctx, CALL, r->call_id, r->conn_id, r->utid, r->op, r->ts, r->dur, r->ret,
		   r->error);
}

static int put_tally(void *ctx, const struct atls_row_tally *r)
{
	return PUT(ctx, TALLY, r->op, r->error, r->calls, r->sum_ns, r->max_ns);
}

static int put_process(void *ctx, const struct atls_row_process *r)
{
	const int64_t values[] = { r->upid,   r->pid,	  r->mode,     r->openssl, r->ts,
				   r->end_ts, r->submits, r->in_place, r->waits };

	return put(ctx, PROCESS, values, 9, r->name, NULL);
}

static int put_thread(void *ctx, const struct atls_row_thread *r)
{
	const int64_t values[] = { r->utid,    r->upid,	       r->tid,	   r->role, r->turns,
				   r->turn_ns, r->turn_max_ns, r->wait_ns, r->jobs };

	return put(ctx, THREAD, values, 9, r->name, NULL);
}

static int put_string(void *ctx, int64_t id, const char *text)
{
	return put(ctx, STRING, &id, 1, text, NULL);
}

static int put_lost(void *ctx, const struct atls_lost *r)
{
	return PUT(ctx, LOST, r->ts, r->dur, r->events, r->packets);
}

static int put_pool(void *ctx, const struct atls_row_pool *r)
{
	return PUT(ctx, POOL, r->pool_id, r->utid, r->ts, r->dur, r->max, r->init);
}

const struct atls_sink atls_db_sink = {
	.job = put_job,
	.slice = put_slice,
	.wait = put_wait,
	.conn = put_conn,
	.op = put_op,
	.process = put_process,
	.thread = put_thread,
	.lost = put_lost,
	.pool = put_pool,
	.string = put_string,
	.wctx = put_wctx,
	.wfd = put_wfd,
	.call = put_call,
	.tally = put_tally,
};

static int put_enums(struct atls_db *db, const struct atls_enum_desc *list, size_t n)
{
	int ret = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < list[i].nvalues && !ret; k++) {
			int64_t code = list[i].values[k].number;

			ret = put(db, ENUM, &code, 1, list[i].name, list[i].values[k].text);
		}
	return ret;
}

/* ---- facts about the recording -------------------------------------------------------------- */

int atls_db_meta_integer(struct atls_db *db, const char *key, int64_t number)
{
	return put(db, META, &number, 1, key, NULL);
}

int atls_db_meta_text(struct atls_db *db, const char *key, const char *text)
{
	int rc = SQLITE_OK, ret = db->handle ? 0 : end_bulk(db);
	sqlite3_stmt *s = db->stmt[META];

	if (ret)
		return ret;
	rc |= sqlite3_bind_text(s, 1, text, -1, SQLITE_STATIC);
	rc |= sqlite3_bind_text(s, 2, key, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(s);
	if (rc != SQLITE_DONE)
		return atls_sql_check(db->handle, rc);
	return atls_sql_check(db->handle, sqlite3_reset(s));
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
		ret = put(db, EVENT_COUNT, &t->by_event[id], 1, atls_event_describe(id)->name,
			  NULL);
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
	int ret = 0;

	for (int i = 0; i < NINSERTS && !ret; i++)
		ret = atls_sql_prepare(db->handle, inserts[i], &db->stmt[i]);
	return ret;
}

static int close_handle(struct atls_db *db)
{
	int rc;

	for (int i = 0; i < NINSERTS; i++) {
		sqlite3_finalize(db->stmt[i]);
		db->stmt[i] = NULL;
	}
	rc = sqlite3_close(db->handle);
	db->handle = NULL;
	return rc == SQLITE_OK ? 0 : -EIO;
}

/* From the empty tables in the file on, rows of the large ones go past SQLite. */
static int begin_bulk(struct atls_db *db)
{
	static const char *const names[] = {
		[ATLS_BULK_JOB] = "job",
		[ATLS_BULK_SLICE] = "job_slice",
		[ATLS_BULK_WAIT] = "job_wait",
		[ATLS_BULK_CONN] = "conn",
		[ATLS_BULK_OP] = "engine_op",
		[ATLS_BULK_WCTX] = "wait_ctx",
		[ATLS_BULK_FD] = "wait_fd",
		[ATLS_BULK_CALL] = "ssl_call",
		[ATLS_BULK_TABLES + ATLS_BULK_JOB_TS] = "job_ts",
		[ATLS_BULK_TABLES + ATLS_BULK_JOB_DUR] = "job_dur",
		[ATLS_BULK_TABLES + ATLS_BULK_JOB_CONN] = "job_conn",
		[ATLS_BULK_TABLES + ATLS_BULK_OP_JOB] = "engine_op_job",
	};
	uint32_t roots[ATLS_BULK_TABLES + ATLS_BULK_INDICES];
	char sql[100];
	int ret = atls_sql_exec(db->handle, "COMMIT");

	for (int i = 0; i < ATLS_BULK_TABLES + ATLS_BULK_INDICES && !ret; i++) {
		snprintf(sql, sizeof(sql), "SELECT rootpage FROM sqlite_schema WHERE name = '%s'",
			 names[i]);
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
	return put(ctx, (enum insert)which, values, (int)n, NULL, NULL);
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
		ret = atls_bulk_spilt(db->bulk, put_spilt, db);
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

	for (int i = 0; i < NINSERTS; i++)
		sqlite3_finalize(db->stmt[i]);
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
