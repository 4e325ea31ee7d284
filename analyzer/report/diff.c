/* SPDX-License-Identifier: Apache-2.0 */
/* What changed between two recordings, and whether it can be chance. */
#include "report/diff.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/format.h"
#include "base/json.h"
#include "base/sqlite.h"
#include "lint/lint.h"
#include "report/bootstrap.h"

/* One line of the comparison. */
struct change {
	const char *name;
	double a, b;	  /* NAN: not known */
	double low, high; /* of b / a, 95 %; NAN: no interval */
	bool duration;
	int worse; /* 1: more is worse, -1: less is worse, 0: neither */
	bool regression;
};

#define CHANGES 64

struct comparison {
	struct change change[CHANGES];
	int n;
	double threshold;
};

/* ---- comparing ------------------------------------------------------------------------------ */

static struct change *add(struct comparison *c, const char *name, double a, double b, int worse)
{
	struct change *to = &c->change[c->n];

	if (c->n < CHANGES - 1)
		c->n++;
	*to = (struct change){
		.name = name, .a = a, .b = b, .low = NAN, .high = NAN, .worse = worse
	};
	return to;
}

/* All of the interval must lie beyond the threshold. */
static void judge(const struct comparison *c, struct change *d)
{
	if (d->worse > 0)
		d->regression = d->low > 1 + c->threshold;
	else if (d->worse < 0)
		d->regression = d->high < 1 - c->threshold;
}

static double number(sqlite3 *db, const char *column)
{
	char *sql = sqlite3_mprintf("SELECT %s FROM metrics", column);
	sqlite3_stmt *s;
	double value = NAN;

	if (sql && !atls_sql_prepare(db, sql, &s)) {
		if (atls_sql_step(s) == 1 && sqlite3_column_type(s, 0) != SQLITE_NULL)
			value = sqlite3_column_double(s, 0);
		sqlite3_finalize(s);
	}
	sqlite3_free(sql);
	return value;
}

static void compare_counts(struct comparison *c, sqlite3 *db[2])
{
	static const char *const names[] = { "jobs",	   "paused",   "pauses",     "finished",
					     "errors",	   "no_jobs",  "unfinished", "unknown",
					     "handshakes", "in_place", "lost" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		add(c, names[i], number(db[0], names[i]), number(db[1], names[i]), 0);
}

struct population {
	const char *name, *sql;
};

static const struct population populations[] = {
	{ "wall", "SELECT dur_ns FROM f_job WHERE outcome = 'finished' AND pauses > 0" },
	{ "busy", "SELECT busy_ns FROM f_job WHERE outcome = 'finished' AND pauses > 0" },
	{ "offload", "SELECT offload_ns FROM f_job WHERE outcome = 'finished' AND pauses > 0" },
	{ "notify", "SELECT notify_ns FROM f_job WHERE outcome = 'finished' AND pauses > 0" },
	{ "requeue", "SELECT requeue_ns FROM f_job WHERE outcome = 'finished' AND pauses > 0" },
	{ "handshake", "SELECT handshake_dur_ns FROM f_conn WHERE handshake_dur_ns >= 0" },
};

static int compare_population(struct comparison *c, sqlite3 *db[2], const struct population *p,
			      int rounds)
{
	static const double quantiles[] = { 0.5, 0.9, 0.99, 0.999 };
	static const char *const texts[] = { "p50", "p90", "p99", "p99.9" };
	static char names[CHANGES][24];
	struct atls_sample sample[2] = { 0 };
	int ret = atls_sample_read(&sample[0], db[0], p->sql);

	if (!ret)
		ret = atls_sample_read(&sample[1], db[1], p->sql);
	for (int i = 0; i < 4 && !ret && sample[0].n && sample[1].n; i++) {
		struct change *d =
			add(c, names[c->n], atls_sample_quantile(&sample[0], quantiles[i]),
			    atls_sample_quantile(&sample[1], quantiles[i]), 1);

		snprintf(names[d - c->change], sizeof(names[0]), "%s %s", p->name, texts[i]);
		d->duration = true;
		atls_bootstrap_ratio(sample, quantiles[i], rounds, &d->low, &d->high);
		judge(c, d);
	}
	atls_sample_finish(&sample[0]);
	atls_sample_finish(&sample[1]);
	return ret;
}

/* Handshakes a second: resampled from the numbers in twenty equal parts of each recording. */
static int compare_rate(struct comparison *c, sqlite3 *db[2], int rounds)
{
	struct change *d = add(c, "handshakes/s", number(db[0], "handshake_rate"),
			       number(db[1], "handshake_rate"), -1);
	struct atls_sample sample[2] = { 0 };
	int ret = 0;

	for (int i = 0; i < 2 && !ret; i++)
		ret = atls_sample_read(
			&sample[i], db[i],
			"SELECT cast(1000 * per_second AS INTEGER) FROM part_timehist");
	if (!ret && d->a > 0 && d->b > 0)
		atls_bootstrap_ratio(sample, -1, rounds, &d->low, &d->high);
	judge(c, d);
	atls_sample_finish(&sample[0]);
	atls_sample_finish(&sample[1]);
	return ret;
}

/* A rule that speaks in B and not in A is a regression, unless it is a note. */
static int compare_findings(struct comparison *c, sqlite3 *db[2])
{
	sqlite3_stmt *s;
	int ret = atls_sql_prepare(db[0], "SELECT rule FROM v_rule", &s);

	if (ret)
		return ret;
	while ((ret = atls_sql_step(s)) == 1) {
		const struct atls_rule *r = atls_rule_find((const char *)sqlite3_column_text(s, 0));
		char *sql = r ? sqlite3_mprintf("SELECT coalesce(sum(count), 0) FROM v_finding"
						" WHERE severity <> 'note' AND rule = %Q",
						r->name)
			      : NULL;
		int64_t a = sql ? atls_sql_integer(db[0], 0, sql) : 0;
		int64_t b = sql ? atls_sql_integer(db[1], 0, sql) : 0;

		if (a || b)
			add(c, r->name, (double)a, (double)b, 1)->regression = !a;
		sqlite3_free(sql);
	}
	sqlite3_finalize(s);
	return ret;
}

/* ---- printing ------------------------------------------------------------------------------- */

static const char *show(atls_text out, const struct change *d, double value)
{
	if (isnan(value))
		return "-";
	if (d->duration)
		return atls_format_ns(out, llround(value));
	if (value != floor(value))
		snprintf(out, sizeof(atls_text), "%.1f", value);
	else
		atls_format_count(out, llround(value));
	return out;
}

static void print_text(const struct comparison *c)
{
	printf("%-24s %12s %12s %9s  %-18s\n", "", "A", "B", "B/A", "95 % interval");
	for (int i = 0; i < c->n; i++) {
		const struct change *d = &c->change[i];
		char interval[40] = "", ratio[16] = "-";
		atls_text a, b;

		if (d->a > 0 && !isnan(d->b))
			snprintf(ratio, sizeof(ratio), "%.3f", d->b / d->a);
		if (!isnan(d->low))
			snprintf(interval, sizeof(interval), "%.3f to %.3f", d->low, d->high);
		printf("%-24s %12s %12s %9s  %-18s%s\n", d->name, show(a, d, d->a),
		       show(b, d, d->b), ratio, interval, d->regression ? " REGRESSION" : "");
	}
}

static void print_json(const struct comparison *c)
{
	struct atls_json j;

	atls_json_init(&j, stdout);
	atls_json_begin_object(&j);
	atls_json_pair_string(&j, "schema", "asynctls-diff");
	atls_json_pair_int(&j, "schema_version", 1);
	atls_json_pair_double(&j, "threshold", c->threshold);
	atls_json_key(&j, "changes");
	atls_json_begin_array(&j);
	for (int i = 0; i < c->n; i++) {
		const struct change *d = &c->change[i];

		atls_json_begin_object(&j);
		atls_json_pair_string(&j, "name", d->name);
		atls_json_pair_double(&j, "a", d->a);
		atls_json_pair_double(&j, "b", d->b);
		atls_json_pair_double(&j, "ratio", d->a > 0 ? d->b / d->a : NAN);
		atls_json_pair_double(&j, "low", d->low);
		atls_json_pair_double(&j, "high", d->high);
		atls_json_pair_bool(&j, "regression", d->regression);
		atls_json_end_object(&j);
	}
	atls_json_end_array(&j);
	atls_json_end_object(&j);
	atls_json_finish(&j);
}

/* ---- all of it ------------------------------------------------------------------------------ */

static int compare(struct comparison *c, sqlite3 *db[2], int rounds)
{
	int ret;

	compare_counts(c, db);
	ret = compare_rate(c, db, rounds);
	for (size_t i = 0; i < sizeof(populations) / sizeof(populations[0]) && !ret; i++)
		ret = compare_population(c, db, &populations[i], rounds);
	return ret ? ret : compare_findings(c, db);
}

int atls_diff(sqlite3 *db[2], const struct atls_diff_options *options)
{
	struct comparison c = { .threshold = options->threshold };
	int ret = compare(&c, db, options->rounds), regressions = 0;

	if (ret)
		return ret;
	if (options->json)
		print_json(&c);
	else
		print_text(&c);
	for (int i = 0; i < c.n; i++)
		regressions += c.change[i].regression;
	return regressions;
}
