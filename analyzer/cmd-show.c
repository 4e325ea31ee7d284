/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls show job: one job as a text timeline. show-job.sql has what is known of it. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "data.h"
#include "format.h"
#include "log.h"
#include "show-job.sql.h"
#include "sqlite.h"

#define BAR 94

/* What draws a phase in the bar, by the first letter of its name. */
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

static void help(void)
{
	puts("usage: asynctls show job ID [-i DIR|FILE]\n"
	     "\n"
	     "Draw one job: its phases to scale, then every step with its time, duration and thread.\n"
	     "Ids are those of the report and of the database's view v_job.\n"
	     "\n"
	     "  -i, --input DIR|FILE  recording or database [" ATLS_DATA_DEFAULT "]\n"
	     "  -h, --help            this text");
}

/* 0, or a negative number: end with ATLS_EXIT_OK (-1) or ATLS_EXIT_USAGE (-2). */
static int parse(int argc, char **argv, const char **input, int64_t *id)
{
	static const struct option longs[] = {
		{ "input", required_argument, NULL, 'i' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	char *end = "";
	int c;

	while ((c = getopt_long(argc, argv, "i:h", longs, NULL)) >= 0) {
		if (c == 'h') {
			help();
			return -1;
		}
		if (c != 'i')
			return -2;
		*input = optarg;
	}
	if (optind + 2 == argc && !strcmp(argv[optind], "job"))
		*id = strtoll(argv[optind + 1], &end, 10);
	if (*id > 0 && !*end)
		return 0;
	atls_error("show: say which job: asynctls show job ID");
	return -2;
}

/* ---- the bar -------------------------------------------------------------------------------- */

/* The column of a time, to scale; the job's end is one past the last. */
static int column(const struct drawing *d, int64_t ts)
{
	return d->wall ? (int)((double)(ts - d->ts) * BAR / (double)d->wall) : 0;
}

static void draw_slice(struct drawing *d, int64_t ts, int64_t dur, const char *phase)
{
	int from = column(d, ts), to = column(d, ts + dur);

	/* What is too short to be seen is shown in one column. */
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
	"SELECT ts_ns, dur_ns, busy_ns + offload_ns + notify_ns + requeue_ns, job_id, op, outcome, ret, pauses,"
	" pid, tid, thread, conn_id, serial, busy_ns, offload_ns, notify_ns, requeue_ns, open_phase,"
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
	printf("\n  process %s, started on thread %s/%s, %s into the recording (its own number is %s)\n",
	       text(s, 8), atls_format_plain(name, sizeof(name), text(s, 10)), text(s, 9),
	       atls_format_ns(start, ts - sqlite3_column_int64(s, 18)), text(s, 12));
	printf("  %s%s, pauses: %s; the phases rest on: %s\n\n", open ? "last seen after " : "",
	       atls_format_ns(time, wall), text(s, 7), text(s, 19) ? text(s, 19) : "no pause");
	print_phases(s, wall);
}

static int show(sqlite3 *db, int64_t id)
{
	struct drawing d;
	int n = each(db, job_sql, id, print_job, &d);

	if (n < 0)
		return ATLS_EXIT_TRACE;
	if (!n) {
		atls_error("there is no job %" PRId64 "; the highest id is %" PRId64, id,
			   atls_sql_integer(db, 0, "SELECT max(job_id) FROM v_job"));
		return ATLS_EXIT_USAGE;
	}
	memset(d.bar, ' ', BAR);
	memset(d.marks, ' ', BAR);
	d.bar[BAR] = d.marks[BAR] = '\0';
	if (each(db, atls_show_job_sql, id, draw_row, &d) < 0)
		return ATLS_EXIT_TRACE;
	printf("\n  |%s|\n   %s\n\n  %9s %9s\n", d.bar, d.marks, "at", "for");
	if (each(db, atls_show_job_sql, id, print_row, &d) < 0)
		return ATLS_EXIT_TRACE;
	if (!fflush(stdout))
		return ATLS_EXIT_OK;
	atls_error("standard output: %s", strerror(errno));
	return ATLS_EXIT_TRACE;
}

static int run(int argc, char **argv)
{
	const char *input = ATLS_DATA_DEFAULT;
	int64_t id = 0;
	sqlite3 *db;
	int status = parse(argc, argv, &input, &id);

	if (status)
		return status == -1 ? ATLS_EXIT_OK : ATLS_EXIT_USAGE;
	status = atls_data_open(input, &db);
	if (status != ATLS_EXIT_OK)
		return status;
	status = show(db, id);
	sqlite3_close(db);
	return status;
}

const struct atls_cmd atls_cmd_show = { "show", "draw one job as a text timeline", run };
