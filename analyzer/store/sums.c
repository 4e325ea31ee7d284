/* SPDX-License-Identifier: Apache-2.0 */
/* The aggregate's tables. */
#include "store/sums.h"

#include <errno.h>
#include <string.h>

#include "base/sqlite.h"
#include "sums/private.h"

/* Metrics by family, as the enum table calls them; the numbers are those of codes.c. */
static const unsigned nmetrics[NFAMILIES] = { 5, 2, 1, 1 };
static const int first_metric[NFAMILIES] = { ATLS_METRIC_WALL, ATLS_METRIC_QUEUE,
					     ATLS_METRIC_HANDSHAKE, ATLS_METRIC_TURN };

#define PUT(stmt, ...)                              \
	put(stmt, (const int64_t[]){ __VA_ARGS__ }, \
	    sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))

static int put(sqlite3_stmt *s, const int64_t *values, int n)
{
	int rc = SQLITE_OK;

	for (int i = 0; i < n; i++)
		rc |= values[i] == ATLS_NULL ? sqlite3_bind_null(s, i + 1)
					     : sqlite3_bind_int64(s, i + 1, values[i]);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(s);
	if (rc == SQLITE_DONE)
		rc = sqlite3_reset(s);
	return atls_sql_check(sqlite3_db_handle(s), rc);
}

enum {
	JOB_GROUP,
	OP_GROUP,
	CONN_GROUP,
	MEASURE,
	HIST,
	PROCESS,
	TALLY_SPURIOUS,
	TALLY_UNSEEN,
	HEAT,
	LOD,
	LANE,
	BREAKDOWN,
	NSTMTS
};

static const char *const inserts[NSTMTS] = {
	[JOB_GROUP] = "INSERT INTO job_group VALUES (?,?,?,?,?,?,?,?,?,?)",
	[OP_GROUP] = "INSERT INTO op_group VALUES (?,?,?,?,?,?,?,?)",
	[CONN_GROUP] = "INSERT INTO conn_group VALUES (?,?,?,?,?,?,?,?,?)",
	[MEASURE] = "INSERT INTO measure VALUES (?,?,?,?,?,?)",
	[HIST] = "INSERT INTO hist VALUES (?,?,?,?)",
	[PROCESS] = "INSERT INTO process_count VALUES (?,?,?,?)",
	[TALLY_SPURIOUS] = "INSERT INTO tally VALUES ('spurious_resumes',?)",
	[TALLY_UNSEEN] = "INSERT INTO tally VALUES ('waits_unseen',?)",
	[HEAT] = "INSERT INTO heat VALUES (?,?,?,?,?)",
	[LOD] = "INSERT INTO lod VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	[LANE] = "INSERT INTO lane VALUES (?,?,?,?,?,?,?,?,?,?)",
	[BREAKDOWN] = "INSERT INTO breakdown VALUES (?,?,?,?,?,?,?)",
};

static int store_hist(sqlite3_stmt **s, int metric, int64_t group, const struct atls_hist *h,
		      int64_t sum)
{
	int ret = PUT(s[MEASURE], metric, group, (int64_t)h->count, sum, h->min, h->max);

	for (unsigned i = 0; i < ATLS_HIST_BUCKETS && !ret; i++)
		if (h->bucket[i])
			ret = PUT(s[HIST], metric, group, i, (int64_t)h->bucket[i]);
	return ret;
}

static int store_breakdown(sqlite3_stmt **s, const struct group *g)
{
	int ret = 0;

	for (unsigned i = 0; i < ATLS_HIST_BUCKETS && !ret; i++) {
		const int64_t *ns = g->breakdown[i], jobs = (int64_t)g->hist[0]->bucket[i];

		if (jobs)
			ret = PUT(s[BREAKDOWN], g->id, i, jobs, ns[0], ns[1], ns[2], ns[3]);
	}
	return ret;
}

static int store_group(sqlite3_stmt **s, enum family f, const struct group *g)
{
	const int64_t *k = g->key;
	bool timed = g->hist[0];
	int ret;

	if (f == JOBS)
		ret = PUT(s[JOB_GROUP], g->id, k[0], k[1], k[2] > 0, k[2], k[3], g->rows,
			  g->extra[0], g->extra[1], g->extra[2]);
	else if (f == OPS)
		ret = PUT(s[OP_GROUP], g->id, k[0], k[1], k[2], k[3], k[4], k[5], g->rows);
	else if (f == TURNS)
		ret = 0;
	else
		ret = PUT(s[CONN_GROUP], g->id, k[0], k[1], k[2], k[3], k[4], g->rows,
			  timed ? g->extra[0] : ATLS_NULL, timed ? g->extra[1] : ATLS_NULL);
	for (unsigned m = 0; m < nmetrics[f] && !ret; m++)
		if (g->hist[m])
			ret = store_hist(s, first_metric[f] + (int)m, g->id, g->hist[m], g->sum[m]);
	return g->breakdown && !ret ? store_breakdown(s, g) : ret;
}

static int store_heat(sqlite3_stmt **s, const struct atls_strip *strip, int64_t column)
{
	int ret = 0;

	for (int m = 0; m < ATLS_STRIP_METRICS; m++)
		for (int b = 0; b < ATLS_STRIP_BUCKETS && !ret; b++)
			if (strip->heat[m][column][b])
				ret = PUT(s[HEAT], m, strip->level, strip->first + column, b,
					  strip->heat[m][column][b]);
	return ret;
}

static int store_column(sqlite3_stmt *s, const struct atls_column *c, unsigned level, int64_t col)
{
	int64_t row[17] = { level, col };
	int n = 2;

	for (int i = 0; i < ATLS_NPHASES; i++)
		row[n++] = c->phase_ns[i];
	row[n++] = c->started;
	row[n++] = c->ended;
	for (int i = 0; i < ATLS_LEVELS; i++) {
		row[n++] = c->open[i].seen ? c->open[i].low : ATLS_NULL;
		row[n++] = c->open[i].seen ? c->open[i].high : ATLS_NULL;
		row[n++] = c->open[i].area_ns;
	}
	return put(s, row, n);
}

static int store_lane(sqlite3_stmt *s, int64_t utid, const struct atls_lane *lane)
{
	int ret = 0;

	for (int64_t i = 0; i < lane->used && !ret; i++) {
		int64_t row[3 + ATLS_LANE_USES] = { utid, lane->level, lane->first + i };
		int64_t any = 0;

		for (int use = 0; use < ATLS_LANE_USES; use++)
			any |= row[3 + use] = lane->columns[i][use];
		if (any)
			ret = put(s, row, 3 + ATLS_LANE_USES);
	}
	return ret;
}

static int store_lanes(sqlite3_stmt *s, struct atls_strip *strip)
{
	int ret = 0;

	atls_lanes_level(&strip->lanes, strip->level);
	for (uint32_t utid = 0; utid < strip->lanes.room && !ret; utid++)
		if (strip->lanes.of[utid])
			ret = store_lane(s, utid, strip->lanes.of[utid]);
	return ret;
}

static int store_strip(sqlite3_stmt **s, const struct atls_strip *strip)
{
	int ret = 0;

	for (int64_t i = 0; i < strip->used && !ret; i++) {
		const struct atls_column *c = &strip->columns[i];

		/* Before the first job there may be turns of loops. */
		if (memcmp(c, &(const struct atls_column){ 0 }, sizeof(*c)))
			ret = store_column(s[LOD], c, strip->level, strip->first + i);
		if (!ret)
			ret = store_heat(s, strip, i);
	}
	return ret;
}

static int store_all(struct atls_aggregate *a, sqlite3_stmt **s)
{
	int ret = PUT(s[TALLY_SPURIOUS], a->spurious);
	struct group *g;

	if (!ret)
		ret = PUT(s[TALLY_UNSEEN], a->unseen);
	for (size_t i = 1; i < a->nprocesses && !ret; i++)
		if (a->processes[i].jobs || a->processes[i].conns)
			ret = PUT(s[PROCESS], (int64_t)i, a->processes[i].jobs,
				  a->processes[i].paused, a->processes[i].conns);
	for (int f = 0; f < NFAMILIES; f++) {
		size_t cursor = 0;

		while (!ret && (g = atls_map_next(&a->groups[f], &cursor)))
			ret = store_group(s, (enum family)f, g);
	}
	if (!ret && a->strip)
		ret = store_strip(s, a->strip);
	return ret || !a->strip ? ret : store_lanes(s[LANE], a->strip);
}

int atls_aggregate_store(struct atls_aggregate *a, struct atls_db *db)
{
	sqlite3 *handle = atls_db_handle(db);
	sqlite3_stmt *s[NSTMTS] = { 0 };
	int ret = handle ? 0 : -EIO;

	for (int i = 0; i < NSTMTS && !ret; i++)
		ret = atls_sql_prepare(handle, inserts[i], &s[i]);
	if (!ret)
		ret = store_all(a, s);
	for (int i = 0; i < NSTMTS; i++)
		sqlite3_finalize(s[i]);
	for (unsigned i = 0; i < a->nslowest && !ret; i++)
		ret = atls_db_keep_job(db, &a->slowest[i]);
	return ret;
}
