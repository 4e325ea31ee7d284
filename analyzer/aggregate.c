/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over the model's rows. */
#include "aggregate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hist.h"
#include "map.h"
#include "sqlite.h"
#include "strip.h"

#define SLOWEST 100
#define MAX_METRICS 5

enum family { JOBS, OPS, CONNS, TURNS, NFAMILIES };

/* Metrics by family, as the enum table calls them; the numbers are those of codes.c. */
static const unsigned nmetrics[NFAMILIES] = { 5, 2, 1, 1 };
static const int first_metric[NFAMILIES] = { ATLS_METRIC_WALL, ATLS_METRIC_QUEUE,
					     ATLS_METRIC_HANDSHAKE, ATLS_METRIC_TURN };

/* All rows of a family that agree in what groups them. */
struct group {
	int64_t id;
	int64_t key[5]; /* the columns that group, as in the table */
	int64_t rows, extra[3];
	int64_t sum[MAX_METRICS];
	struct atls_hist *hist[MAX_METRICS];
};

struct process_count {
	int64_t jobs, paused, conns;
};

struct atls_aggregate {
	const struct atls_sink *next;
	void *next_ctx;
	const int64_t *utc_offset_ns;
	struct atls_map groups[NFAMILIES];
	int64_t ngroups[NFAMILIES];
	struct group *recent[NFAMILIES]; /* most rows are of the same kind as the one before */
	struct process_count *processes; /* by upid */
	size_t nprocesses;
	int64_t spurious, unseen; /* waits */
	struct atls_strip *strip;
	struct atls_row_job slowest[SLOWEST]; /* a heap, the fastest of them first */
	unsigned nslowest;
};

#define KEYS(...) ((const int64_t[5]){ __VA_ARGS__ })

/* ---- groups --------------------------------------------------------------------------------- */

static uint64_t hash(const int64_t key[5])
{
	uint64_t h = 0;

	for (int i = 0; i < 5; i++)
		h = (h ^ (uint64_t)key[i]) * 0x9e3779b97f4a7c15u + (h >> 29);
	return h | 1; /* 0 is no key */
}

static struct group *find_group(struct atls_aggregate *a, enum family f, const int64_t key[5])
{
	struct group *g = a->recent[f];
	uint64_t h;

	if (g && !memcmp(g->key, key, sizeof(g->key)))
		return g;
	/* Two kinds may have the same hash. */
	for (h = hash(key); (g = atls_map_get(&a->groups[f], h)); h += 2)
		if (!memcmp(g->key, key, sizeof(g->key)))
			return a->recent[f] = g;
	g = calloc(1, sizeof(*g));
	if (!g || atls_map_put(&a->groups[f], h, g)) {
		free(g);
		return NULL;
	}
	memcpy(g->key, key, sizeof(g->key));
	g->id = f == TURNS ? key[0] : ++a->ngroups[f]; /* turns are grouped by thread */
	return a->recent[f] = g;
}

static int measure(struct group *g, unsigned metric, int64_t value)
{
	if (!g->hist[metric])
		g->hist[metric] = calloc(1, sizeof(struct atls_hist));
	if (!g->hist[metric])
		return -ENOMEM;
	atls_hist_add(g->hist[metric], value);
	g->sum[metric] += value;
	return 0;
}

static struct process_count *find_process(struct atls_aggregate *a, uint32_t upid)
{
	if (upid >= a->nprocesses) {
		size_t room = (upid + 1u) * 2;
		struct process_count *bigger = realloc(a->processes, room * sizeof(*bigger));

		if (!bigger)
			return NULL;
		memset(bigger + a->nprocesses, 0, (room - a->nprocesses) * sizeof(*bigger));
		a->processes = bigger;
		a->nprocesses = room;
	}
	return &a->processes[upid];
}

/* ---- the slowest jobs ----------------------------------------------------------------------- */

static bool faster(const struct atls_row_job *a, const struct atls_row_job *b)
{
	return a->dur != b->dur ? a->dur < b->dur : a->job_id > b->job_id;
}

static void sink_down(struct atls_aggregate *a, struct atls_row_job row, unsigned i)
{
	struct atls_row_job *h = a->slowest;

	for (unsigned child; (child = 2 * i + 1) < a->nslowest; i = child) {
		if (child + 1 < a->nslowest && faster(&h[child + 1], &h[child]))
			child++;
		if (!faster(&h[child], &row))
			break;
		h[i] = h[child];
	}
	h[i] = row;
}

static void keep_slow(struct atls_aggregate *a, const struct atls_row_job *row)
{
	if (a->nslowest == SLOWEST) {
		if (faster(&a->slowest[0], row))
			sink_down(a, *row, 0);
		return;
	}
	a->slowest[a->nslowest++] = *row;
	for (unsigned i = a->nslowest / 2; a->nslowest == SLOWEST && i-- > 0;)
		sink_down(a, a->slowest[i], i);
}

/* ---- rows ----------------------------------------------------------------------------------- */

static int64_t on_grid(const struct atls_aggregate *a, int64_t ts)
{
	return *a->utc_offset_ns == ATLS_NULL ? ts : ts + *a->utc_offset_ns;
}

static void draw_job(struct atls_aggregate *a, const struct atls_row_job *r)
{
	int64_t end = on_grid(a, r->ts + r->dur);

	atls_strip_heat(a->strip, end, 0, r->dur);
	for (unsigned i = 0; i < ATLS_NPHASES && r->pauses; i++)
		atls_strip_heat(a->strip, end, 1 + i, r->phase_ns[i]);
}

static int count_job(struct atls_aggregate *a, const struct atls_row_job *r)
{
	struct group *g =
		find_group(a, JOBS, KEYS(r->op, r->outcome, r->pauses > 0, r->open_phase, 0));
	struct process_count *p = find_process(a, r->upid);
	int ret = 0;

	if (!g || !p)
		return -ENOMEM;
	g->rows++;
	g->extra[0] += r->pauses;
	p->jobs++;
	p->paused += r->pauses > 0;
	if (r->dur >= 0) {
		keep_slow(a, r);
		ret = measure(g, 0, r->dur);
	}
	for (unsigned i = 0; i < ATLS_NPHASES && !ret; i++)
		ret = measure(g, 1 + i, r->phase_ns[i]);
	if (r->outcome == ATLS_OUTCOME_FINISHED)
		draw_job(a, r);
	return ret;
}

static int take_job(void *ctx, const struct atls_row_job *r)
{
	struct atls_aggregate *a = ctx;
	int ret = count_job(a, r);

	return ret ? ret : a->next->job(a->next_ctx, r);
}

static int take_slice(void *ctx, const struct atls_row_slice *r)
{
	struct atls_aggregate *a = ctx;

	atls_strip_phase(a->strip, on_grid(a, r->ts), r->dur, r->phase);
	return a->next->slice(a->next_ctx, r);
}

static int take_wait(void *ctx, const struct atls_row_wait *r)
{
	struct atls_aggregate *a = ctx;

	a->spurious += (r->evidence & ATLS_EVIDENCE_SPURIOUS) != 0;
	a->unseen += (r->evidence & ATLS_EVIDENCE_MERGED) != 0;
	return a->next->wait(a->next_ctx, r);
}

static int count_conn(struct atls_aggregate *a, const struct atls_row_conn *r)
{
	int64_t state = r->hs_dur == ATLS_NULL ? 0 : r->hs_dur < 0 ? 1 : 2, end;
	struct group *g =
		find_group(a, CONNS, KEYS(r->side, r->version, r->cipher, r->resumed, state));
	struct process_count *p = find_process(a, r->upid);

	if (!g || !p)
		return -ENOMEM;
	p->conns++;
	if (state == 2) {
		end = r->hs_ts + r->hs_dur;
		if (!g->hist[0] || r->hs_ts < g->extra[0])
			g->extra[0] = r->hs_ts;
		if (!g->hist[0] || end > g->extra[1])
			g->extra[1] = end;
	}
	g->rows++;
	return state == 2 ? measure(g, 0, r->hs_dur) : 0;
}

static int take_conn(void *ctx, const struct atls_row_conn *r)
{
	struct atls_aggregate *a = ctx;
	int ret = count_conn(a, r);

	return ret ? ret : a->next->conn(a->next_ctx, r);
}

static int count_op(struct atls_aggregate *a, const struct atls_row_op *r)
{
	struct group *g = find_group(a, OPS, KEYS(r->crypto, r->alg, r->bits, r->reason, r->ok));
	int ret = 0;

	if (!g)
		return -ENOMEM;
	g->rows++;
	if (r->queue_ns != ATLS_NULL)
		ret = measure(g, 0, r->queue_ns);
	if (!ret && r->service_ns >= 0)
		ret = measure(g, 1, r->service_ns);
	return ret;
}

static int take_op(void *ctx, const struct atls_row_op *r)
{
	struct atls_aggregate *a = ctx;
	int ret = count_op(a, r);

	return ret ? ret : a->next->op(a->next_ctx, r);
}

static int take_process(void *ctx, const struct atls_row_process *r)
{
	struct atls_aggregate *a = ctx;

	return a->next->process(a->next_ctx, r);
}

static int take_thread(void *ctx, const struct atls_row_thread *r)
{
	struct atls_aggregate *a = ctx;

	return a->next->thread(a->next_ctx, r);
}

static int take_turn(void *ctx, uint32_t utid, int64_t ts, int64_t dur)
{
	struct group *g = find_group(ctx, TURNS, KEYS(utid, 0, 0, 0, 0));

	return g ? measure(g, 0, dur) : -ENOMEM;
}

static int take_string(void *ctx, int64_t id, const char *text)
{
	struct atls_aggregate *a = ctx;

	return a->next->string(a->next_ctx, id, text);
}

static int take_lost(void *ctx, const struct atls_lost *r)
{
	struct atls_aggregate *a = ctx;

	return a->next->lost(a->next_ctx, r);
}

static int take_open(void *ctx, int64_t ts, int delta)
{
	struct atls_aggregate *a = ctx;

	atls_strip_open(a->strip, on_grid(a, ts), delta);
	return 0;
}

const struct atls_sink atls_aggregate_sink = {
	.job = take_job,
	.slice = take_slice,
	.wait = take_wait,
	.conn = take_conn,
	.op = take_op,
	.process = take_process,
	.thread = take_thread,
	.lost = take_lost,
	.turn = take_turn,
	.string = take_string,
	.open = take_open,
};

/* ---- storing -------------------------------------------------------------------------------- */

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
	NSTMTS
};

static const char *const inserts[NSTMTS] = {
	[JOB_GROUP] = "INSERT INTO job_group VALUES (?,?,?,?,?,?,?)",
	[OP_GROUP] = "INSERT INTO op_group VALUES (?,?,?,?,?,?,?)",
	[CONN_GROUP] = "INSERT INTO conn_group VALUES (?,?,?,?,?,?,?,?,?)",
	[MEASURE] = "INSERT INTO measure VALUES (?,?,?,?,?,?)",
	[HIST] = "INSERT INTO hist VALUES (?,?,?,?)",
	[PROCESS] = "INSERT INTO process_count VALUES (?,?,?,?)",
	[TALLY_SPURIOUS] = "INSERT INTO tally VALUES ('spurious_resumes',?)",
	[TALLY_UNSEEN] = "INSERT INTO tally VALUES ('waits_unseen',?)",
	[HEAT] = "INSERT INTO heat VALUES (?,?,?,?,?)",
	[LOD] = "INSERT INTO lod VALUES (?,?,?,?,?,?,?,?,?,?,?)",
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

static int store_group(sqlite3_stmt **s, enum family f, const struct group *g)
{
	const int64_t *k = g->key;
	bool timed = g->hist[0];
	int ret;

	if (f == JOBS)
		ret = PUT(s[JOB_GROUP], g->id, k[0], k[1], k[2], k[3], g->rows, g->extra[0]);
	else if (f == OPS)
		ret = PUT(s[OP_GROUP], g->id, k[0], k[1], k[2], k[3], k[4], g->rows);
	else if (f == TURNS)
		ret = 0;
	else
		ret = PUT(s[CONN_GROUP], g->id, k[0], k[1], k[2], k[3], k[4], g->rows,
			  timed ? g->extra[0] : ATLS_NULL, timed ? g->extra[1] : ATLS_NULL);
	for (unsigned m = 0; m < nmetrics[f] && !ret; m++)
		if (g->hist[m])
			ret = store_hist(s, first_metric[f] + (int)m, g->id, g->hist[m], g->sum[m]);
	return ret;
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

static int store_strip(sqlite3_stmt **s, const struct atls_strip *strip)
{
	int ret = 0;

	for (int64_t i = 0; i < strip->used && !ret; i++) {
		const struct atls_column *c = &strip->columns[i];

		if (!memcmp(c, &(const struct atls_column){ 0 }, sizeof(*c)))
			continue; /* before the first */
		ret = PUT(s[LOD], strip->level, strip->first + i, c->phase_ns[0], c->phase_ns[1],
			  c->phase_ns[2], c->phase_ns[3], c->started, c->ended,
			  c->seen ? c->low : ATLS_NULL, c->seen ? c->high : ATLS_NULL, c->area_ns);
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
	return ret ? ret : store_strip(s, a->strip);
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

struct atls_aggregate *atls_aggregate_create(const struct atls_sink *next, void *next_ctx,
					     const int64_t *utc_offset_ns)
{
	struct atls_aggregate *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->next = next;
	a->next_ctx = next_ctx;
	a->utc_offset_ns = utc_offset_ns;
	a->strip = atls_strip_create();
	if (a->strip)
		return a;
	free(a);
	return NULL;
}

void atls_aggregate_destroy(struct atls_aggregate *a)
{
	struct group *g;

	if (!a)
		return;
	for (int f = 0; f < NFAMILIES; f++) {
		size_t cursor = 0;

		while ((g = atls_map_next(&a->groups[f], &cursor))) {
			for (int m = 0; m < MAX_METRICS; m++)
				free(g->hist[m]);
			free(g);
		}
		atls_map_finish(&a->groups[f]);
	}
	free(a->processes);
	free(a->strip);
	free(a);
}
