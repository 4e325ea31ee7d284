/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Perfetto's trace format: packets of track descriptors and track events.
 *
 *   process ─┬─ thread            busy slices of jobs, operations of the engine, wake-ups
 *            ├─ Jobs in flight    counter
 *            └─ Jobs, 1, 2, ...   a job as a slice, its phases in it; each lane holds jobs
 *                                 that do not overlap
 *
 * A flow leads from where a job was woken to where it was resumed. Times are CLOCK_MONOTONIC,
 * which Perfetto takes for its own clock.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/protobuf.h"
#include "base/sqlite.h"
#include "report/export.h"

/* Field numbers of Perfetto's messages. */
enum { TRACE_PACKET = 1 };
enum {
	PACKET_TIMESTAMP = 8,
	PACKET_SEQUENCE = 10,
	PACKET_TRACK_EVENT = 11,
	PACKET_FLAGS = 13,
	PACKET_TRACK = 60
};
enum {
	TRACK_UUID = 1,
	TRACK_NAME = 2,
	TRACK_PROCESS = 3,
	TRACK_THREAD = 4,
	TRACK_PARENT = 5,
	TRACK_COUNTER = 8
};
enum { PROCESS_PID = 1, PROCESS_NAME = 6, THREAD_PID = 1, THREAD_TID = 2, THREAD_NAME = 5 };
enum {
	EVENT_ANNOTATION = 4,
	EVENT_TYPE = 9,
	EVENT_TRACK = 11,
	EVENT_CATEGORY = 22,
	EVENT_NAME = 23,
	EVENT_COUNTER = 30,
	EVENT_FLOW = 47
};
enum { ANNOTATION_INT = 4, ANNOTATION_STRING = 6, ANNOTATION_NAME = 10 };
enum { SLICE_BEGIN = 1, SLICE_END = 2, INSTANT = 3, COUNTER = 4 };
enum { SEQUENCE = 1, STATE_CLEARED = 1 };

/* Kinds of tracks, in the upper bits of their number. */
enum { PROCESS_TRACK = 1, THREAD_TRACK = 2, LANE_TRACK = 3, COUNTER_TRACK = 4 };

struct perfetto {
	FILE *out;
	struct atls_proto packet;
	int ret;
};

static uint64_t uuid(int kind, int64_t number)
{
	return (uint64_t)kind << 56 | (uint64_t)number;
}

static void flush(struct perfetto *x)
{
	int ret = atls_proto_flush(&x->packet, TRACE_PACKET, x->out);

	if (!x->ret)
		x->ret = ret;
}

static const char *text(sqlite3_stmt *s, int i)
{
	const char *value = (const char *)sqlite3_column_text(s, i);

	return value ? value : "";
}

static int each(struct perfetto *x, sqlite3 *db, const char *sql,
		void (*row)(struct perfetto *x, sqlite3_stmt *s))
{
	sqlite3_stmt *s;
	int ret = atls_sql_prepare(db, sql, &s);

	if (ret)
		return ret;
	while (!x->ret && (ret = atls_sql_step(s)) == 1)
		row(x, s);
	sqlite3_finalize(s);
	return x->ret ? x->ret : ret;
}

/* ---- tracks --------------------------------------------------------------------------------- */

static void begin_track(struct perfetto *x, uint64_t track, uint64_t parent)
{
	atls_proto_uint(&x->packet, PACKET_SEQUENCE, SEQUENCE);
	atls_proto_begin(&x->packet, PACKET_TRACK);
	atls_proto_uint(&x->packet, TRACK_UUID, track);
	if (parent)
		atls_proto_uint(&x->packet, TRACK_PARENT, parent);
}

static void end_track(struct perfetto *x)
{
	atls_proto_end(&x->packet);
	flush(x);
}

/* upid, pid, name */
static void put_process(struct perfetto *x, sqlite3_stmt *s)
{
	int64_t upid = sqlite3_column_int64(s, 0);

	begin_track(x, uuid(PROCESS_TRACK, upid), 0);
	atls_proto_begin(&x->packet, TRACK_PROCESS);
	atls_proto_uint(&x->packet, PROCESS_PID, sqlite3_column_int64(s, 1));
	atls_proto_string(&x->packet, PROCESS_NAME, text(s, 2));
	atls_proto_end(&x->packet);
	end_track(x);
	begin_track(x, uuid(COUNTER_TRACK, upid), uuid(PROCESS_TRACK, upid));
	atls_proto_string(&x->packet, TRACK_NAME, "Jobs in flight");
	atls_proto_begin(&x->packet, TRACK_COUNTER);
	atls_proto_end(&x->packet);
	end_track(x);
}

/* utid, upid, pid, tid, name */
static void put_thread(struct perfetto *x, sqlite3_stmt *s)
{
	begin_track(x, uuid(THREAD_TRACK, sqlite3_column_int64(s, 0)),
		    uuid(PROCESS_TRACK, sqlite3_column_int64(s, 1)));
	atls_proto_begin(&x->packet, TRACK_THREAD);
	atls_proto_uint(&x->packet, THREAD_PID, sqlite3_column_int64(s, 2));
	atls_proto_uint(&x->packet, THREAD_TID, sqlite3_column_int64(s, 3));
	atls_proto_string(&x->packet, THREAD_NAME, text(s, 4));
	atls_proto_end(&x->packet);
	end_track(x);
}

/* upid, lane */
static void put_lane(struct perfetto *x, sqlite3_stmt *s)
{
	begin_track(x,
		    uuid(LANE_TRACK, sqlite3_column_int64(s, 0) << 32 | sqlite3_column_int64(s, 1)),
		    uuid(PROCESS_TRACK, sqlite3_column_int64(s, 0)));
	atls_proto_string(&x->packet, TRACK_NAME, "Jobs");
	end_track(x);
}

/* ---- events --------------------------------------------------------------------------------- */

static void begin_event(struct perfetto *x, int64_t ts, int type, uint64_t track)
{
	atls_proto_uint(&x->packet, PACKET_TIMESTAMP, (uint64_t)ts);
	atls_proto_uint(&x->packet, PACKET_SEQUENCE, SEQUENCE);
	atls_proto_begin(&x->packet, PACKET_TRACK_EVENT);
	atls_proto_uint(&x->packet, EVENT_TYPE, type);
	atls_proto_uint(&x->packet, EVENT_TRACK, track);
}

static void end_event(struct perfetto *x)
{
	atls_proto_end(&x->packet);
	flush(x);
}

static void name_event(struct perfetto *x, const char *category, const char *name)
{
	atls_proto_string(&x->packet, EVENT_CATEGORY, category);
	atls_proto_string(&x->packet, EVENT_NAME, name);
}

static void annotate_int(struct perfetto *x, const char *name, sqlite3_stmt *s, int column)
{
	if (sqlite3_column_type(s, column) == SQLITE_NULL)
		return;
	atls_proto_begin(&x->packet, EVENT_ANNOTATION);
	atls_proto_string(&x->packet, ANNOTATION_NAME, name);
	atls_proto_uint(&x->packet, ANNOTATION_INT, (uint64_t)sqlite3_column_int64(s, column));
	atls_proto_end(&x->packet);
}

static void annotate_string(struct perfetto *x, const char *name, sqlite3_stmt *s, int column)
{
	if (sqlite3_column_type(s, column) == SQLITE_NULL)
		return;
	atls_proto_begin(&x->packet, EVENT_ANNOTATION);
	atls_proto_string(&x->packet, ANNOTATION_NAME, name);
	atls_proto_string(&x->packet, ANNOTATION_STRING, text(s, column));
	atls_proto_end(&x->packet);
}

/*
 * ts, kind (0 end, 1 begin), track kind, track number, category, name, flow, job, conn, outcome,
 * thread
 */
static void put_event(struct perfetto *x, sqlite3_stmt *s)
{
	int kind = sqlite3_column_int(s, 1);

	begin_event(x, sqlite3_column_int64(s, 0),
		    kind == 0	? SLICE_END
		    : kind == 1 ? SLICE_BEGIN
				: INSTANT,
		    uuid(sqlite3_column_int(s, 2), sqlite3_column_int64(s, 3)));
	if (kind) {
		name_event(x, text(s, 4), text(s, 5));
		annotate_int(x, "job_id", s, 7);
		annotate_int(x, "conn_id", s, 8);
		annotate_string(x, "outcome", s, 9);
		annotate_string(x, "on", s, 10);
	}
	if (sqlite3_column_type(s, 6) != SQLITE_NULL)
		atls_proto_fixed64(&x->packet, EVENT_FLOW, (uint64_t)sqlite3_column_int64(s, 6));
	end_event(x);
}

/* ts, upid, value */
static void put_counter(struct perfetto *x, sqlite3_stmt *s)
{
	begin_event(x, sqlite3_column_int64(s, 0), COUNTER,
		    uuid(COUNTER_TRACK, sqlite3_column_int64(s, 1)));
	atls_proto_uint(&x->packet, EVENT_COUNTER, (uint64_t)sqlite3_column_int64(s, 2));
	end_event(x);
}

/* ---- lanes ---------------------------------------------------------------------------------- */

struct lanes {
	int64_t end[4096];
	int n;
};

/* The first lane that is free at ts; if none is, the last one. */
static int take_lane(struct lanes *l, int64_t ts, int64_t end)
{
	int i = 0;

	while (i < l->n && l->end[i] > ts)
		i++;
	if (i == (int)(sizeof(l->end) / sizeof(l->end[0])))
		i--;
	else if (i == l->n)
		l->n++;
	l->end[i] = end;
	return i;
}

/* Table x_lane: which lane each job is drawn in. */
static int fill_lanes(sqlite3 *db)
{
	struct lanes *lanes = calloc(1, sizeof(*lanes));
	sqlite3_stmt *from = NULL, *to = NULL;
	int64_t last = -1;
	int ret = lanes ? 0 : -ENOMEM;

	if (!ret)
		ret = atls_sql_prepare(
			db, "SELECT upid, job_id, ts, end_ts FROM x_job ORDER BY upid, ts, job_id",
			&from);
	if (!ret)
		ret = atls_sql_prepare(db, "INSERT INTO x_lane VALUES (?,?,?)", &to);
	while (!ret && (ret = atls_sql_step(from)) == 1) {
		int64_t upid = sqlite3_column_int64(from, 0);

		if (upid != last)
			lanes->n = 0;
		last = upid;
		sqlite3_bind_int64(to, 1, sqlite3_column_int64(from, 1));
		sqlite3_bind_int64(to, 2, upid);
		sqlite3_bind_int(to, 3,
				 take_lane(lanes, sqlite3_column_int64(from, 2),
					   sqlite3_column_int64(from, 3)));
		ret = atls_sql_step(to);
		sqlite3_reset(to);
	}
	sqlite3_finalize(from);
	sqlite3_finalize(to);
	free(lanes);
	return ret;
}

#define LANE "l.upid << 32 | l.lane"

static const char tables_sql[] =
	"CREATE TEMP TABLE x_job AS SELECT job_id, upid, conn_id, op, outcome, ts_ns AS ts,"
	" ts_ns + busy_ns + offload_ns + notify_ns + requeue_ns AS end_ts FROM f_job;"
	"CREATE TEMP TABLE x_lane(job_id INTEGER PRIMARY KEY, upid INTEGER, lane INTEGER);";

/*
 * At one time ends come first, inner before outer, then begins, outer before inner. A slice of no
 * length would end before it begins, so there is none of them.
 */
static const char events_sql[] =
	"SELECT * FROM ("
	" SELECT ts, 1, 3, " LANE
	", 'job', op || ' job ' || job_id, NULL, job_id, conn_id, outcome, NULL, 2 AS rank"
	"  FROM x_job JOIN x_lane l USING (job_id) WHERE end_ts > ts"
	" UNION ALL SELECT end_ts, 0, 3, " LANE ", NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1"
	"  FROM x_job JOIN x_lane l USING (job_id) WHERE end_ts > ts"
	" UNION ALL SELECT ts_ns, 1, 3, " LANE
	", 'phase', phase, NULL, s.job_id, NULL, NULL, thread || '/' || tid, 3"
	"  FROM f_slice s JOIN x_lane l USING (job_id)"
	" UNION ALL SELECT ts_ns + dur_ns, 0, 3, " LANE
	", NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0"
	"  FROM f_slice s JOIN x_lane l USING (job_id)"
	/* Slices of threads. Where a busy slice follows a wait, the wake's flow ends. */
	" UNION ALL SELECT ts_ns, 1, 2, utid, 'busy', op || ' job ' || s.job_id,"
	"  (SELECT s.job_id << 16 | w.seq FROM v_wait w WHERE w.job_id = s.job_id AND w.resume_ns = s.ts_ns"
	"   AND w.wake_ns IS NOT NULL LIMIT 1), s.job_id, conn_id, NULL, NULL, 3"
	"  FROM f_slice s JOIN x_job USING (job_id) WHERE phase = 'busy'"
	" UNION ALL SELECT ts_ns + dur_ns, 0, 2, utid, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0"
	"  FROM f_slice s WHERE phase = 'busy'"
	" UNION ALL SELECT wake_ns, 2, 2, waker_utid, 'wake', 'wake job ' || w.job_id,"
	"  iif(resume_ns IS NULL, NULL, w.job_id << 16 | w.seq), w.job_id, NULL, NULL, NULL, 4"
	"  FROM f_wait w WHERE wake_ns IS NOT NULL AND waker_utid IS NOT NULL"
	" UNION ALL SELECT e.ts_ns + e.queue_ns, 1, 2, e.utid, 'engine', crypto || ' ' || alg || ' ' || bits, NULL,"
	"  e.job_id, e.conn_id, NULL, NULL, 2 FROM f_engine_op e"
	"  WHERE reason IS NULL AND service_ns > 0"
	" UNION ALL SELECT e.ts_ns + e.queue_ns + e.service_ns, 0, 2, e.utid, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1"
	"  FROM f_engine_op e WHERE reason IS NULL AND service_ns > 0"
	") ORDER BY 1, 12";

static const char counters_sql[] =
	"SELECT ts, upid, depth FROM (SELECT ts, upid, sum(step) OVER (PARTITION BY upid ORDER BY ts, step"
	" ROWS UNBOUNDED PRECEDING) AS depth FROM (SELECT ts, upid, 1 AS step FROM x_job"
	" UNION ALL SELECT end_ts, upid, -1 FROM x_job)) ORDER BY ts";

int atls_export_perfetto(sqlite3 *db, FILE *out)
{
	struct perfetto x = { .out = out };
	int ret = atls_sql_exec(db, tables_sql);

	if (!ret)
		ret = fill_lanes(db);
	if (ret)
		return ret;
	atls_proto_uint(&x.packet, PACKET_SEQUENCE, SEQUENCE);
	atls_proto_uint(&x.packet, PACKET_FLAGS, STATE_CLEARED);
	flush(&x);
	ret = each(&x, db, "SELECT DISTINCT upid, pid, coalesce(process, '') FROM v_thread",
		   put_process);
	if (!ret)
		ret = each(&x, db,
			   "SELECT utid, upid, pid, tid, coalesce(thread, '') FROM v_thread",
			   put_thread);
	if (!ret)
		ret = each(&x, db, "SELECT DISTINCT upid, lane FROM x_lane ORDER BY 1, 2",
			   put_lane);
	if (!ret)
		ret = each(&x, db, events_sql, put_event);
	return ret ? ret : each(&x, db, counters_sql, put_counter);
}
