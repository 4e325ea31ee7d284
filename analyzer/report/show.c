/* SPDX-License-Identifier: Apache-2.0 */
/* One job or one connection as a text timeline. The show-*.sql have what is known of it. */
#include "report/show.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "base/log.h"
#include "base/sqlite.h"
#include "report/table.h"
#include "show-conn.sql.h"
#include "show-job.sql.h"
#include "show-meanwhile.sql.h"
#include "show-path.sql.h"

#define BAR 94

/* The character of a phase in the bar, by the first letter of its name. */
static char paint(const char *phase)
{
	switch (*phase) {
	case 'b':
		return '#';
	case 'o':
		return '-';
	case 'n':
		return '.';
	default:
		return '~';
	}
}

struct drawing {
	int64_t ts, wall; /* of the job */
	char bar[BAR + 1], marks[BAR + 1];
};

/* ---- the bar -------------------------------------------------------------------------------- */

/* The column of a time, to scale; the job's end is one past the last. */
static int column(const struct drawing *d, int64_t ts)
{
	return d->wall ? (int)((double)(ts - d->ts) * BAR / (double)d->wall) : 0;
}

static void draw_slice(struct drawing *d, int64_t ts, int64_t dur, const char *phase)
{
	int from = column(d, ts), to = column(d, ts + dur);

	/* A phase that is too short for a column gets one. */
	if (to == from && to < BAR)
		to++;
	for (int i = from; i < to && i < BAR; i++)
		d->bar[i] = paint(phase);
}

static void draw_mark(struct drawing *d, int64_t ts, char letter)
{
	int at = column(d, ts);

	if (at < 0 || at > BAR)
		return;
	if (at == BAR)
		at--;
	d->marks[at] = d->marks[at] == ' ' ? letter : '*';
}

static int each(sqlite3 *db, const char *sql, int64_t id,
		void (*row)(sqlite3_stmt *s, struct drawing *d), struct drawing *d)
{
	sqlite3_stmt *s;
	int ret = atls_sql_prepare(db, sql, &s), rows = 0;

	if (ret)
		return ret;
	sqlite3_bind_int64(s, 1, id);
	for (; (ret = atls_sql_step(s)) == 1; rows++)
		row(s, d);
	sqlite3_finalize(s);
	return ret ? ret : rows;
}

static const char *text(sqlite3_stmt *s, int i)
{
	return (const char *)sqlite3_column_text(s, i);
}

static void draw_row(sqlite3_stmt *s, struct drawing *d)
{
	int64_t ts = sqlite3_column_int64(s, 0);

	if (sqlite3_column_type(s, 2) != SQLITE_NULL)
		draw_slice(d, ts, sqlite3_column_int64(s, 2), text(s, 3));
	else
		draw_mark(d, ts, *text(s, 4));
}

/* ---- the list ------------------------------------------------------------------------------- */

static void print_row(sqlite3_stmt *s, struct drawing *d)
{
	bool slice = sqlite3_column_type(s, 2) != SQLITE_NULL;
	atls_text at, dur;
	bool thread = sqlite3_column_type(s, 5) != SQLITE_NULL;
	int width = thread ? slice ? 48 : 44 : 0;
	char name[32];

	printf("  %9s %9s  ", atls_format_ns(at, sqlite3_column_int64(s, 0) - d->ts),
	       slice ? atls_format_ns(dur, sqlite3_column_int64(s, 2)) : "");
	printf("%s%c %-*s", slice ? "" : "    ", slice ? paint(text(s, 3)) : *text(s, 4), width,
	       text(s, 3));
	if (thread)
		printf("  %s/%s", atls_format_plain(name, sizeof(name), text(s, 6)), text(s, 5));
	putchar('\n');
}

static const char job_sql[] =
	"SELECT ts_ns, dur_ns, busy_ns + offload_ns + notify_ns + requeue_ns, job_id, op, outcome,"
	" ret, pauses, pid, tid, thread, conn_id, serial, busy_ns, offload_ns, notify_ns,"
	" requeue_ns, open_phase,"
	" (SELECT value FROM v_meta WHERE key = 't0_ns'),"
	" (SELECT group_concat(name, ', ') FROM enum WHERE domain = 'evidence' AND code & evidence)"
	" FROM v_job WHERE job_id = ?1";

static void print_phases(sqlite3_stmt *s, int64_t wall)
{
	static const char *const names[] = { "busy", "offload", "notify", "requeue" };

	for (int i = 0; i < 4; i++) {
		int64_t ns = sqlite3_column_int64(s, 13 + i);
		atls_text time;

		printf("  %c %-8s %9s %6.1f %%\n", paint(names[i]), names[i],
		       atls_format_ns(time, ns), wall ? 100.0 * (double)ns / (double)wall : 0.0);
	}
}

static void print_job(sqlite3_stmt *s, struct drawing *d)
{
	int64_t ts = sqlite3_column_int64(s, 0), wall = sqlite3_column_int64(s, 2);
	bool open = sqlite3_column_int64(s, 1) < 0;
	atls_text time, start;
	char name[32];

	d->ts = ts;
	d->wall = wall;
	printf("Job %s: %s on connection %s, %s", text(s, 3), text(s, 4),
	       text(s, 11) ? text(s, 11) : "-", text(s, 5));
	if (text(s, 6))
		printf(", returned %s", text(s, 6));
	if (open)
		printf(", in %s when the trace ended", text(s, 17));
	printf("\n  process %s, started on thread %s/%s, %s into the recording (its own number"
	       " is %s)\n",
	       text(s, 8), atls_format_plain(name, sizeof(name), text(s, 10)), text(s, 9),
	       atls_format_ns(start, ts - sqlite3_column_int64(s, 18)), text(s, 12));
	printf("  %s%s, pauses: %s; the phases rest on: %s\n\n", open ? "last seen after " : "",
	       atls_format_ns(time, wall), text(s, 7), text(s, 19) ? text(s, 19) : "no pause");
	print_phases(s, wall);
}

/* A query about ?1 as a table; nothing at all if it has no rows. */
static int print_table(sqlite3 *db, const char *title, const char *sql, int64_t id)
{
	sqlite3_stmt *s;
	char *out = NULL;
	size_t size;
	FILE *f = open_memstream(&out, &size);
	int ret = f ? atls_sql_prepare(db, sql, &s) : -ENOMEM;

	if (!ret) {
		sqlite3_bind_int64(s, 1, id);
		ret = atls_table_print(f, s, ATLS_TABLE_TEXT);
		sqlite3_finalize(s);
	}
	if (f)
		fclose(f);
	if (ret > 0)
		printf("%s%s\n%s", title ? "\n" : "", title ? title : "", out);
	free(out);
	return ret;
}

int atls_show_job(sqlite3 *db, int64_t id)
{
	struct drawing d;
	int n = each(db, job_sql, id, print_job, &d);

	if (n < 0)
		return n;
	if (!n) {
		atls_error("there is no job %" PRId64 "; the highest id is %" PRId64, id,
			   atls_sql_integer(db, 0, "SELECT max(job_id) FROM v_job"));
		return -ENOENT;
	}
	memset(d.bar, ' ', BAR);
	memset(d.marks, ' ', BAR);
	d.bar[BAR] = d.marks[BAR] = '\0';
	n = each(db, atls_show_job_sql, id, draw_row, &d);
	if (n < 0)
		return n;
	printf("\n  |%s|\n   %s\n\n  %9s %9s\n", d.bar, d.marks, "at", "for");
	n = each(db, atls_show_job_sql, id, print_row, &d);
	if (n >= 0)
		n = print_table(db, "Critical path", atls_show_path_sql, id);
	if (n >= 0)
		n = print_table(db, "Meanwhile its thread ran", atls_show_meanwhile_sql, id);
	return n < 0 ? n : 0;
}

/* ---- a connection --------------------------------------------------------------------------- */

static const char conn_sql[] =
	"SELECT conn_id, coalesce(side, 'side not known'),"
	" coalesce(version_name, 'no handshake completed'),"
	" coalesce(cipher_name, '-'), iif(resumed, 'resumed', 'new session'), pid, serial,"
	" ts_ns - (SELECT value FROM v_meta WHERE key = 't0_ns') FROM v_conn WHERE conn_id = ?1";

static void print_conn(sqlite3_stmt *s, struct drawing *d)
{
	atls_text at;

	printf("Connection %s: %s, %s, %s, %s\n", text(s, 0), text(s, 1), text(s, 2), text(s, 3),
	       text(s, 4));
	printf("  process %s, first seen %s into the recording (its own number is %s)\n",
	       text(s, 5), atls_format_ns(at, sqlite3_column_int64(s, 7)), text(s, 6));
}

int atls_show_conn(sqlite3 *db, int64_t id)
{
	int n = each(db, conn_sql, id, print_conn, NULL);

	if (n < 0)
		return n;
	if (!n) {
		atls_error("there is no connection %" PRId64 "; the highest id is %" PRId64, id,
			   atls_sql_integer(db, 0, "SELECT max(conn_id) FROM v_conn"));
		return -ENOENT;
	}
	n = print_table(db, NULL, atls_show_conn_sql, id);
	return n < 0 ? n : 0;
}
