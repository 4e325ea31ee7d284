/* SPDX-License-Identifier: Apache-2.0 */
/* The first page of a report. report.sql has the questions. */
#include "report/page.h"

#include <stdio.h>

#include "base/format.h"
#include "base/sqlite.h"
#include "report.sql.h"

/* ---- rows ----------------------------------------------------------------------------------- */

static int64_t number(sqlite3_stmt *s, int column)
{
	return sqlite3_column_int64(s, column);
}

static const char *text(sqlite3_stmt *s, int column)
{
	static char ring[8][512];
	static unsigned next;
	const char *value = (const char *)sqlite3_column_text(s, column);

	return atls_format_plain(ring[next++ % 8], sizeof(ring[0]), value ? value : "-");
}

/* ---- sections ------------------------------------------------------------------------------- */

static void say_lost(sqlite3_stmt *s)
{
	atls_text events, stretches, time;

	if (!number(s, 0) && !number(s, 1))
		return;
	printf("EVENTS WERE LOST: %s", atls_format_noun(events, number(s, 0), "event"));
	if (number(s, 1))
		printf(" and %s", atls_format_noun(events, number(s, 1), "packet"));
	printf(" in stretches: %s, %s in all.\n", atls_format_count(stretches, number(s, 2)),
	       atls_format_ns(time, number(s, 3)));
	puts("  Jobs that were open then have the outcome 'unknown' and are left out of"
	     " the phases.\n");
}

static void say_incomplete(sqlite3_stmt *s)
{
	printf("THE TRACE IS INCOMPLETE: %s\n\n", text(s, 0));
}

static void say_verdict(sqlite3_stmt *s)
{
	atls_text jobs, paused, pauses;

	if (!number(s, 0))
		puts("Offloaded: NOTHING. No asynchronous job was started: the program does not ask"
		     " for them\n"
		     "  (SSL_MODE_ASYNC). Recording with --mode=bridge asks on its behalf.");
	else if (!number(s, 1))
		printf("Offloaded: NOTHING. None of %s paused: no engine took an operation.\n",
		       atls_format_noun(jobs, number(s, 0), "job"));
	else
		printf("Offloaded: YES. %s of %s paused (%.1f %%), %s.\n",
		       atls_format_count(paused, number(s, 1)),
		       atls_format_noun(jobs, number(s, 0), "job"),
		       100.0 * (double)number(s, 1) / (double)number(s, 0),
		       atls_format_noun(pauses, number(s, 2), "pause"));
}

/* Why nothing is offloaded, as the rule of that name knows. */
static void say_reason(sqlite3_stmt *s)
{
	printf("  why            %s (process %s: %s)\n", text(s, 0), text(s, 1), text(s, 2));
}

static void say_finding(sqlite3_stmt *s)
{
	atls_text count;

	printf("  %-8s %-4s %-24s %9s  %s\n", text(s, 0), text(s, 1), text(s, 2),
	       atls_format_count(count, number(s, 3)), text(s, 4));
}

static void say_findings(sqlite3_stmt *s)
{
	atls_text count;

	if (!number(s, 0))
		puts("\nFindings: none");
	else
		printf("\nFindings: %s ('asynctls lint' names culprits and remedies)\n",
		       atls_format_count(count, number(s, 0)));
	if (number(s, 1))
		printf("  withheld, as events were lost or not recorded: %s\n", text(s, 2));
}

static void say_operations(sqlite3_stmt *s)
{
	atls_text a, b, c, d, e, f;

	if (number(s, 0) + number(s, 6) == 0) {
		puts("  operations     none seen: the engine is not ours");
		return;
	}
	printf("  operations     %s offloaded, %s failed; %s done in place, %s on the calling"
	       " thread\n",
	       atls_format_count(a, number(s, 0)), atls_format_count(b, number(s, 1)),
	       atls_format_count(c, number(s, 6)), atls_format_ns(d, number(s, 7)));
	if (number(s, 0))
		printf("  engine         queue p50 %s, p99 %s; service p50 %s, p99 %s\n",
		       atls_format_ns(c, number(s, 2)), atls_format_ns(d, number(s, 3)),
		       atls_format_ns(e, number(s, 4)), atls_format_ns(f, number(s, 5)));
}

static void say_in_place(sqlite3_stmt *s)
{
	atls_text operations, time;

	printf("  in place       %s %s %s %s: %s, %s\n", text(s, 0), text(s, 1), text(s, 2),
	       text(s, 3), atls_format_noun(operations, number(s, 4), "operation"),
	       atls_format_ns(time, number(s, 5)));
}

static void say_outcomes(sqlite3_stmt *s)
{
	atls_text a, b, c, d, e;

	printf("  outcomes       %s finished, %s error, %s no_jobs, %s unfinished, %s unknown\n",
	       atls_format_count(a, number(s, 3)), atls_format_count(b, number(s, 4)),
	       atls_format_count(c, number(s, 5)), atls_format_count(d, number(s, 6)),
	       atls_format_count(e, number(s, 7)));
	if (number(s, 8))
		printf("  spurious       %s of a job whose operation was not done\n",
		       atls_format_noun(a, number(s, 8), "resume"));
	if (number(s, 9))
		printf("  unseen         %s of which neither done, wake nor ready was seen\n",
		       atls_format_noun(a, number(s, 9), "wait"));
}

static void say_open(sqlite3_stmt *s)
{
	atls_text jobs;

	printf("  unfinished     %s in %s when the trace ended\n",
	       atls_format_noun(jobs, number(s, 1), "job"), text(s, 0));
}

static void say_bridge(sqlite3_stmt *s)
{
	atls_text count;

	printf("  %-14s %s\n", text(s, 0), atls_format_count(count, number(s, 1)));
}

static void say_fact(sqlite3_stmt *s)
{
	printf("  %-14s %.83s\n", text(s, 0), text(s, 1));
}

static void say_size(sqlite3_stmt *s)
{
	atls_text time, events, lost;

	printf("  %-14s %s\n  %-14s %s\n  %-14s %s\n", "duration",
	       atls_format_ns(time, number(s, 0)), "events",
	       atls_format_count(events, number(s, 1)), "lost",
	       atls_format_count(lost, number(s, 2)));
}

static void say_stats_row(const char *name, double share, sqlite3_stmt *s, int column)
{
	atls_text total, p50, p99, max;

	printf("  %-10s %7.1f %% %12s %12s %12s %12s\n", name, 100 * share,
	       atls_format_ns(total, number(s, column)), atls_format_ns(p50, number(s, column + 1)),
	       atls_format_ns(p99, number(s, column + 2)),
	       atls_format_ns(max, number(s, column + 3)));
}

static void say_phases_title(sqlite3_stmt *s)
{
	atls_text paused, jobs;

	printf("\nPhases, of %s that paused and finished (%s in all)\n",
	       atls_format_noun(paused, number(s, 0), "job"),
	       atls_format_count(jobs, number(s, 1)));
	printf("  %-10s %9s %12s %12s %12s %12s\n", "phase", "share", "total", "p50", "p99", "max");
}

static void say_phase(sqlite3_stmt *s)
{
	say_stats_row(text(s, 0), sqlite3_column_double(s, 1), s, 2);
}

static void say_wall(sqlite3_stmt *s)
{
	say_stats_row("wall", number(s, 0) ? 1.0 : 0.0, s, 1);
}

static void say_unpaused(sqlite3_stmt *s)
{
	atls_text jobs, p50, p99, max;

	if (number(s, 0))
		printf("  %s finished without a pause: p50 %s, p99 %s, max %s\n",
		       atls_format_noun(jobs, number(s, 0), "job"),
		       atls_format_ns(p50, number(s, 1)), atls_format_ns(p99, number(s, 2)),
		       atls_format_ns(max, number(s, 3)));
}

static void say_handshakes(sqlite3_stmt *s)
{
	atls_text count, time, p50, p99, max;

	if (!number(s, 0)) {
		puts("\nHandshakes: none was completed");
		return;
	}
	printf("\nHandshakes: %s, %.*f /s over %s; p50 %s, p99 %s, max %s\n",
	       atls_format_count(count, number(s, 0)), number(s, 3) < 100,
	       sqlite3_column_double(s, 3), atls_format_ns(time, number(s, 2)),
	       atls_format_ns(p50, number(s, 4)), atls_format_ns(p99, number(s, 5)),
	       atls_format_ns(max, number(s, 6)));
	if (number(s, 7))
		printf("  %s were begun and not completed\n",
		       atls_format_count(count, number(s, 7)));
	printf("  %-7s %-9s %-30s %-8s %10s %9s %9s %9s\n", "side", "version", "cipher", "session",
	       "count", "p50", "p99", "max");
}

static void say_handshake_kind(sqlite3_stmt *s)
{
	atls_text count, p50, p99, max;

	printf("  %-7s %-9s %-30s %-8s %10s %9s %9s %9s\n", text(s, 0), text(s, 1), text(s, 2),
	       number(s, 3) ? "resumed" : "new", atls_format_count(count, number(s, 4)),
	       atls_format_ns(p50, number(s, 5)), atls_format_ns(p99, number(s, 6)),
	       atls_format_ns(max, number(s, 7)));
}

static void say_slowest(sqlite3_stmt *s)
{
	atls_text wall, busy, offload, notify, requeue;

	printf("  %8s %8s %8s %9s %9s %9s %9s %9s  %s\n", text(s, 0), text(s, 1), text(s, 2),
	       atls_format_ns(wall, number(s, 6)), atls_format_ns(busy, number(s, 8)),
	       atls_format_ns(offload, number(s, 9)), atls_format_ns(notify, number(s, 10)),
	       atls_format_ns(requeue, number(s, 11)), text(s, 4));
}

static void say_process(sqlite3_stmt *s)
{
	atls_text connections, jobs, paused;

	printf("  %8s %-16s %-8s %7s %7s %11s %9s %9s  %s\n", text(s, 1), text(s, 2), text(s, 3),
	       text(s, 4), text(s, 5), atls_format_count(connections, number(s, 6)),
	       atls_format_count(jobs, number(s, 7)), atls_format_count(paused, number(s, 8)),
	       text(s, 9));
}

/* ---- the page ------------------------------------------------------------------------------- */

static const struct section {
	const char *title; /* printed before the query runs; NULL: none */
	const char *sql;
	void (*row)(sqlite3_stmt *s);
} page[] = {
	{ NULL, "SELECT * FROM r_lost", say_lost },
	{ NULL, "SELECT value FROM v_meta WHERE key = 'incomplete' AND value IS NOT NULL",
	  say_incomplete },
	{ NULL, "SELECT * FROM r_jobs", say_verdict },
	{ NULL,
	  "SELECT detail, pid, note FROM v_finding WHERE rule = 'not-offloaded'"
	  " ORDER BY count DESC LIMIT 3",
	  say_reason },
	{ NULL, "SELECT * FROM r_operations", say_operations },
	{ NULL, "SELECT * FROM r_in_place LIMIT 5", say_in_place },
	{ NULL, "SELECT * FROM r_jobs", say_outcomes },
	{ NULL, "SELECT * FROM r_open", say_open },
	{ NULL, "SELECT * FROM r_bridge", say_bridge },
	{ NULL,
	  "SELECT (SELECT count(*) FROM v_finding), sum(withheld > 0), "
	  "group_concat(rule, ', ') FILTER (WHERE withheld > 0) FROM v_rule",
	  say_findings },
	{ NULL, "SELECT severity, code, rule, count, detail FROM v_finding LIMIT 8", say_finding },
	{ "\nRecording",
	  "SELECT key, value FROM v_meta WHERE value IS NOT NULL"
	  " AND key IN ('command', 'host', 'mode', 'engine') ORDER BY key",
	  say_fact },
	{ NULL,
	  "SELECT (SELECT value FROM v_meta WHERE key = 't1_ns')"
	  " - (SELECT value FROM v_meta WHERE key = 't0_ns'),"
	  " (SELECT value FROM v_meta WHERE key = 'events'), (SELECT events FROM r_lost)",
	  say_size },
	{ NULL,
	  "SELECT (SELECT jobs FROM v_phase_stats_paused LIMIT 1),"
	  " (SELECT jobs FROM v_phase_stats LIMIT 1)",
	  say_phases_title },
	{ NULL, "SELECT phase, share, total_ns, p50_ns, p99_ns, max_ns FROM v_phase_stats_paused",
	  say_phase },
	{ NULL, "SELECT jobs, total_ns, p50_ns, p99_ns, max_ns FROM r_wall", say_wall },
	{ NULL, "SELECT * FROM r_unpaused", say_unpaused },
	{ NULL, "SELECT * FROM r_handshakes", say_handshakes },
	{ NULL, "SELECT * FROM r_handshake_kinds LIMIT 10", say_handshake_kind },
	{ "\nSlowest jobs ('asynctls show job JOB' draws one)\n"
	  "       job     conn      pid      wall      busy   offload    notify   requeue  outcome",
	  "SELECT * FROM r_slowest", say_slowest },
	{ "\nProcesses\n"
	  "       pid name             mode     threads workers connections      jobs    paused"
	  "  bridge",
	  "SELECT * FROM r_processes", say_process },
};

int atls_report_make_views(sqlite3 *db)
{
	return atls_sql_exec(db, atls_report_sql);
}

int atls_report_page(sqlite3 *db)
{
	int ret = atls_report_make_views(db);

	for (size_t i = 0; i < sizeof(page) / sizeof(page[0]) && !ret; i++) {
		if (page[i].title)
			puts(page[i].title);
		ret = atls_sql_each(db, page[i].sql, page[i].row);
	}
	return ret;
}

static void print_object(sqlite3_stmt *s)
{
	puts((const char *)sqlite3_column_text(s, 0));
}

int atls_report_json(sqlite3 *db)
{
	int ret = atls_report_make_views(db);

	return ret ? ret : atls_sql_each(db, "SELECT * FROM r_json", print_object);
}
