/* SPDX-License-Identifier: Apache-2.0 */
/* The aggregate's tables. */
#include "store/sums.h"

#include <string.h>

#include "sums/private.h"

/* Metrics by family, as the enum table calls them; the numbers are those of codes.c. */
static const unsigned nmetrics[NFAMILIES] = { 5, 2, 1, 1 };
static const int first_metric[NFAMILIES] = { ATLS_METRIC_WALL, ATLS_METRIC_QUEUE,
					     ATLS_METRIC_HANDSHAKE, ATLS_METRIC_TURN };

static int store_hist(struct atls_inserts *to, int metric, int64_t group, const struct atls_hist *h,
		      int64_t sum)
{
	int ret = ATLS_INSERT(to, measure, .metric = metric, .group_id = group,
			      .n = (int64_t)h->count, .sum_ns = sum, .min_ns = h->min,
			      .max_ns = h->max);

	for (unsigned i = 0; i < ATLS_HIST_BUCKETS && !ret; i++)
		if (h->bucket[i])
			ret = ATLS_INSERT(to, hist, .metric = metric, .group_id = group,
					  .bucket = i, .count = (int64_t)h->bucket[i]);
	return ret;
}

static int store_breakdown(struct atls_inserts *to, const struct group *g)
{
	int ret = 0;

	for (unsigned i = 0; i < ATLS_HIST_BUCKETS && !ret; i++)
		if (g->hist[0]->bucket[i])
			ret = ATLS_INSERT(to, breakdown, .group_id = g->id, .bucket = i,
					  .jobs = (int64_t)g->hist[0]->bucket[i],
					  .phase_ns = g->breakdown[i]);
	return ret;
}

static int store_job_group(struct atls_inserts *to, const struct group *g)
{
	const int64_t *k = g->key;

	return ATLS_INSERT(to, job_group, .group_id = g->id, .op = k[0], .outcome = k[1],
			   .paused = k[2] > 0, .times = k[2], .open_phase = k[3], .jobs = g->rows,
			   .pauses = g->extra[0], .untold = g->extra[1], .merged = g->extra[2]);
}

static int store_op_group(struct atls_inserts *to, const struct group *g)
{
	const int64_t *k = g->key;

	return ATLS_INSERT(to, op_group, .group_id = g->id, .crypto = k[0], .alg = k[1],
			   .bits = k[2], .reason = k[3], .ok = k[4], .job_op = k[5],
			   .operations = g->rows);
}

static int store_conn_group(struct atls_inserts *to, const struct group *g)
{
	const int64_t *k = g->key;
	bool timed = g->hist[0];

	return ATLS_INSERT(to, conn_group, .group_id = g->id, .side = k[0], .version = k[1],
			   .cipher = k[2], .resumed = k[3], .state = k[4], .conns = g->rows,
			   .first_ts = timed ? g->extra[0] : ATLS_NULL,
			   .last_ts = timed ? g->extra[1] : ATLS_NULL);
}

/* What a family's groups have in common; turns of loops have nothing but their thread. */
static int (*const store_keys[NFAMILIES])(struct atls_inserts *to, const struct group *g) = {
	[JOBS] = store_job_group,
	[OPS] = store_op_group,
	[CONNS] = store_conn_group,
};

static int store_group(struct atls_inserts *to, enum family f, const struct group *g)
{
	int ret = store_keys[f] ? store_keys[f](to, g) : 0;

	for (unsigned m = 0; m < nmetrics[f] && !ret; m++)
		if (g->hist[m])
			ret = store_hist(to, first_metric[f] + (int)m, g->id, g->hist[m],
					 g->sum[m]);
	return g->breakdown && !ret ? store_breakdown(to, g) : ret;
}

static int store_heat(struct atls_inserts *to, const struct atls_strip *strip, int64_t column)
{
	int ret = 0;

	for (int m = 0; m < ATLS_STRIP_METRICS; m++)
		for (int b = 0; b < ATLS_STRIP_BUCKETS && !ret; b++)
			if (strip->heat[m][column][b])
				ret = ATLS_INSERT(to, heat, .metric = m, .level = strip->level,
						  .col = strip->first + column, .bucket = b,
						  .count = strip->heat[m][column][b]);
	return ret;
}

static int64_t low(const struct atls_column *c, enum atls_level level)
{
	return c->open[level].seen ? c->open[level].low : ATLS_NULL;
}

static int64_t high(const struct atls_column *c, enum atls_level level)
{
	return c->open[level].seen ? c->open[level].high : ATLS_NULL;
}

static int store_column(struct atls_inserts *to, const struct atls_column *c, unsigned level,
			int64_t col)
{
	return ATLS_INSERT(
		to, lod, .level = level, .col = col, .phase_ns = c->phase_ns, .started = c->started,
		.ended = c->ended, .inflight_min = low(c, ATLS_LEVEL_INFLIGHT),
		.inflight_max = high(c, ATLS_LEVEL_INFLIGHT),
		.inflight_ns = c->open[ATLS_LEVEL_INFLIGHT].area_ns,
		.queued_min = low(c, ATLS_LEVEL_QUEUED), .queued_max = high(c, ATLS_LEVEL_QUEUED),
		.queued_ns = c->open[ATLS_LEVEL_QUEUED].area_ns,
		.served_min = low(c, ATLS_LEVEL_SERVED), .served_max = high(c, ATLS_LEVEL_SERVED),
		.served_ns = c->open[ATLS_LEVEL_SERVED].area_ns);
}

static int store_lane(struct atls_inserts *to, int64_t utid, const struct atls_lane *lane)
{
	static const int64_t none[ATLS_LANE_USES];
	int ret = 0;

	for (int64_t i = 0; i < lane->used && !ret; i++)
		if (memcmp(lane->columns[i], none, sizeof(none)))
			ret = ATLS_INSERT(to, lane, .utid = utid, .level = lane->level,
					  .col = lane->first + i, .ns = lane->columns[i]);
	return ret;
}

static int store_lanes(struct atls_inserts *to, struct atls_strip *strip)
{
	int ret = 0;

	atls_lanes_level(&strip->lanes, strip->level);
	for (uint32_t utid = 0; utid < strip->lanes.room && !ret; utid++)
		if (strip->lanes.of[utid])
			ret = store_lane(to, utid, strip->lanes.of[utid]);
	return ret;
}

static int store_strip(struct atls_inserts *to, const struct atls_strip *strip)
{
	int ret = 0;

	for (int64_t i = 0; i < strip->used && !ret; i++) {
		const struct atls_column *c = &strip->columns[i];

		/* Before the first job there may be turns of loops. */
		if (memcmp(c, &(const struct atls_column){ 0 }, sizeof(*c)))
			ret = store_column(to, c, strip->level, strip->first + i);
		if (!ret)
			ret = store_heat(to, strip, i);
	}
	return ret;
}

static int store_processes(struct atls_inserts *to, const struct atls_aggregate *a)
{
	int ret = 0;

	for (size_t i = 1; i < a->nprocesses && !ret; i++)
		if (a->processes[i].jobs || a->processes[i].conns)
			ret = ATLS_INSERT(
				to, process_count, .upid = (int64_t)i, .jobs = a->processes[i].jobs,
				.paused = a->processes[i].paused, .conns = a->processes[i].conns);
	return ret;
}

static int store_groups(struct atls_inserts *to, struct atls_aggregate *a)
{
	struct group *g;
	int ret = 0;

	for (int f = 0; f < NFAMILIES; f++) {
		size_t cursor = 0;

		while (!ret && (g = atls_map_next(&a->groups[f], &cursor)))
			ret = store_group(to, (enum family)f, g);
	}
	return ret;
}

int atls_aggregate_store(struct atls_aggregate *a, struct atls_inserts *to)
{
	int ret = ATLS_INSERT(to, tally_sum, .name = "spurious_resumes", .count = a->spurious);

	if (!ret)
		ret = ATLS_INSERT(to, tally_sum, .name = "waits_unseen", .count = a->unseen);
	if (!ret)
		ret = store_processes(to, a);
	if (!ret)
		ret = store_groups(to, a);
	if (!ret && a->strip)
		ret = store_strip(to, a->strip);
	return ret || !a->strip ? ret : store_lanes(to, a->strip);
}

int atls_aggregate_store_slowest(const struct atls_aggregate *a, struct atls_inserts *to)
{
	int ret = 0;

	for (unsigned i = 0; i < a->nslowest && !ret; i++)
		ret = atls_insert_job(to, &a->slowest[i]);
	return ret;
}
