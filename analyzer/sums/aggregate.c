/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over the model's rows. */
#include "sums/aggregate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sums/private.h"

#define KEYS(...) ((const int64_t[NKEYS]){ __VA_ARGS__ })

/* ---- groups --------------------------------------------------------------------------------- */

static uint64_t hash(const int64_t key[NKEYS])
{
	uint64_t h = 0;

	for (int i = 0; i < NKEYS; i++)
		h = (h ^ (uint64_t)key[i]) * 0x9e3779b97f4a7c15u + (h >> 29);
	return h | 1; /* 0 is no key */
}

static struct group *find_group(struct atls_aggregate *a, enum family f, const int64_t key[NKEYS])
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

	atls_strip_heat(a->strip, end, ATLS_METRIC_WALL, r->dur);
	for (unsigned i = 0; i < ATLS_NPHASES && r->pauses; i++)
		atls_strip_heat(a->strip, end, ATLS_METRIC_BUSY + i, r->phase_ns[i]);
}

static int break_down(struct group *g, const struct atls_row_job *r)
{
	int64_t *ns;

	if (!g->breakdown)
		g->breakdown = calloc(ATLS_HIST_BUCKETS, sizeof(*g->breakdown));
	if (!g->breakdown)
		return -ENOMEM;
	ns = g->breakdown[atls_hist_index(r->dur)];
	for (unsigned i = 0; i < ATLS_NPHASES; i++)
		ns[i] += r->phase_ns[i];
	return 0;
}

/* What the phases of a job that paused rest on, if something was not seen. */
static void count_evidence(struct group *g, uint32_t evidence)
{
	g->extra[1] +=
		(evidence & (ATLS_EVIDENCE_UNTOLD | ATLS_EVIDENCE_MERGED)) == ATLS_EVIDENCE_UNTOLD;
	g->extra[2] += (evidence & ATLS_EVIDENCE_MERGED) != 0;
}

static int take_job(void *ctx, const struct atls_row_job *r)
{
	struct atls_aggregate *a = ctx;
	uint32_t times = r->pauses < MOST_TIMES ? r->pauses : MOST_TIMES;
	struct group *g = find_group(a, JOBS, KEYS(r->op, r->outcome, times, r->open_phase));
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
		if (!ret)
			ret = break_down(g, r);
	}
	if (r->pauses)
		count_evidence(g, r->evidence);
	for (unsigned i = 0; i < ATLS_NPHASES && !ret; i++)
		ret = measure(g, 1 + i, r->phase_ns[i]);
	if (a->strip && r->outcome == ATLS_OUTCOME_FINISHED)
		draw_job(a, r);
	return ret;
}

static int take_slice(void *ctx, const struct atls_row_slice *r)
{
	struct atls_aggregate *a = ctx;
	uint32_t utid = r->phase == ATLS_PHASE_BUSY ? r->utid : r->home;

	if (!a->strip)
		return 0;
	atls_strip_phase(a->strip, on_grid(a, r->ts), r->dur, r->phase);
	return atls_strip_lane(a->strip, utid, on_grid(a, r->ts), r->dur,
			       (enum atls_lane_use)r->phase);
}

static int take_wait(void *ctx, const struct atls_row_wait *r)
{
	struct atls_aggregate *a = ctx;

	a->spurious += (r->evidence & ATLS_EVIDENCE_SPURIOUS) != 0;
	a->unseen += (r->evidence & ATLS_EVIDENCE_MERGED) != 0;
	return 0;
}

static enum atls_handshake_state state_of(const struct atls_row_conn *r)
{
	if (r->hs_dur == ATLS_NULL)
		return ATLS_HANDSHAKE_UNSEEN;
	return r->hs_dur < 0 ? ATLS_HANDSHAKE_BEGUN : ATLS_HANDSHAKE_COMPLETE;
}

static int take_conn(void *ctx, const struct atls_row_conn *r)
{
	struct atls_aggregate *a = ctx;
	enum atls_handshake_state state = state_of(r);
	struct group *g =
		find_group(a, CONNS, KEYS(r->side, r->version, r->cipher, r->resumed, state));
	struct process_count *p = find_process(a, r->upid);

	if (!g || !p)
		return -ENOMEM;
	p->conns++;
	if (state == ATLS_HANDSHAKE_COMPLETE) {
		int64_t end = r->hs_ts + r->hs_dur;

		if (!g->hist[0] || r->hs_ts < g->extra[0])
			g->extra[0] = r->hs_ts;
		if (!g->hist[0] || end > g->extra[1])
			g->extra[1] = end;
	}
	g->rows++;
	return state == ATLS_HANDSHAKE_COMPLETE ? measure(g, 0, r->hs_dur) : 0;
}

/* An operation in the queue, or in place. */
static int draw_op(struct atls_aggregate *a, const struct atls_row_op *r)
{
	int64_t queued = r->queue_ns == ATLS_NULL ? 0 : r->queue_ns;
	int64_t begin = on_grid(a, r->ts + queued);

	if (r->service_ns < 0)
		return 0;
	if (r->reason == ATLS_NULL) {
		atls_strip_heat(a->strip, begin + r->service_ns, ATLS_METRIC_QUEUE, queued);
		atls_strip_heat(a->strip, begin + r->service_ns, ATLS_METRIC_SERVICE,
				r->service_ns);
		return 0;
	}
	if (r->job_id != ATLS_NULL || r->utid == ATLS_NULL)
		return 0;
	return atls_strip_lane(a->strip, (uint32_t)r->utid, begin, r->service_ns, ATLS_LANE_PLACE);
}

static int take_op(void *ctx, const struct atls_row_op *r)
{
	struct atls_aggregate *a = ctx;
	struct group *g =
		find_group(a, OPS, KEYS(r->crypto, r->alg, r->bits, r->reason, r->ok, r->job_op));
	int ret = 0;

	if (!g)
		return -ENOMEM;
	g->rows++;
	if (r->queue_ns != ATLS_NULL)
		ret = measure(g, 0, r->queue_ns);
	if (!ret && r->service_ns >= 0)
		ret = measure(g, 1, r->service_ns);
	return ret || !a->strip ? ret : draw_op(a, r);
}

static int take_turn(void *ctx, uint32_t utid, int64_t ts, int64_t dur, bool wait)
{
	struct atls_aggregate *a = ctx;
	struct group *g;

	if (a->strip && atls_strip_lane(a->strip, utid, on_grid(a, ts), dur,
					wait ? ATLS_LANE_WAIT : ATLS_LANE_TURN))
		return -ENOMEM;
	if (wait)
		return 0;
	if (a->strip)
		atls_strip_heat(a->strip, on_grid(a, ts + dur), ATLS_METRIC_TURN, dur);
	g = find_group(a, TURNS, KEYS(utid));
	return g ? measure(g, 0, dur) : -ENOMEM;
}

static int take_open(void *ctx, enum atls_level level, int64_t ts, int delta)
{
	struct atls_aggregate *a = ctx;

	if (a->strip)
		atls_strip_open(a->strip, level, on_grid(a, ts), delta);
	return 0;
}

const struct atls_sink atls_aggregate_sink = {
	.job = take_job,
	.slice = take_slice,
	.wait = take_wait,
	.conn = take_conn,
	.op = take_op,
	.turn = take_turn,
	.open = take_open,
};

/* ---- begin and end -------------------------------------------------------------------------- */

struct atls_aggregate *atls_aggregate_create(const int64_t *utc_offset_ns, bool timeline)
{
	struct atls_aggregate *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->utc_offset_ns = utc_offset_ns;
	a->strip = timeline ? atls_strip_create() : NULL;
	if (a->strip || !timeline)
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
			free(g->breakdown);
			free(g);
		}
		atls_map_finish(&a->groups[f]);
	}
	free(a->processes);
	atls_strip_destroy(a->strip);
	free(a);
}
