/* SPDX-License-Identifier: Apache-2.0 */
/* A timeline of bounded size. */
#include "sums/strip.h"

#include <stdlib.h>
#include <string.h>

#include "base/hist.h"

#define FIRST_LEVEL 8 /* 65.5 us */
#define LAST_LEVEL 30

struct atls_strip *atls_strip_create(void)
{
	struct atls_strip *s = calloc(1, sizeof(*s));

	if (s)
		s->level = FIRST_LEVEL;
	return s;
}

void atls_strip_destroy(struct atls_strip *s)
{
	if (s)
		atls_lanes_finish(&s->lanes);
	free(s);
}

/* ---- coarser and coarser -------------------------------------------------------------------- */

static void see(struct atls_column *c, int level, int64_t open)
{
	if (!c->open[level].seen || open < c->open[level].low)
		c->open[level].low = open;
	if (!c->open[level].seen || open > c->open[level].high)
		c->open[level].high = open;
	c->open[level].seen = 1;
}

static void add_column(struct atls_column *to, const struct atls_column *from)
{
	for (int i = 0; i < ATLS_NPHASES; i++)
		to->phase_ns[i] += from->phase_ns[i];
	to->started += from->started;
	to->ended += from->ended;
	for (int i = 0; i < ATLS_LEVELS; i++) {
		to->open[i].area_ns += from->open[i].area_ns;
		if (!from->open[i].seen)
			continue;
		see(to, i, from->open[i].low);
		see(to, i, from->open[i].high);
	}
}

static void add_heat(struct atls_strip *s, int64_t to, int64_t from)
{
	for (int m = 0; m < ATLS_STRIP_METRICS; m++)
		for (int b = 0; b < ATLS_STRIP_BUCKETS; b++) {
			uint32_t count = s->heat[m][from][b];

			if (!count)
				continue; /* leaves memory that was never used as it is */
			s->heat[m][from][b] = 0;
			s->heat[m][to][b] += count;
		}
}

/* first is a multiple of 4, so that whole columns merge; it must be one again. */
static void coarsen(struct atls_strip *s)
{
	int64_t begin = s->first >> 2, shift = begin & 3;

	for (int64_t i = 0; i < s->used; i++) {
		struct atls_column column = s->columns[i];

		s->columns[i] = (struct atls_column){ 0 };
		add_column(&s->columns[i / 4], &column);
		if (i)
			add_heat(s, i / 4, i);
	}
	s->used = (s->used + 3) / 4;
	memmove(s->columns + shift, s->columns, (size_t)s->used * sizeof(*s->columns));
	memset(s->columns, 0, (size_t)shift * sizeof(*s->columns));
	for (int m = 0; m < ATLS_STRIP_METRICS && shift; m++) {
		memmove(s->heat[m] + shift, s->heat[m], (size_t)s->used * sizeof(s->heat[m][0]));
		memset(s->heat[m], 0, (size_t)shift * sizeof(s->heat[m][0]));
	}
	s->first = begin - shift;
	s->used += shift;
	s->level++;
}

static int64_t find_slowly(struct atls_strip *s, int64_t ts)
{
	int64_t at;

	if (!s->used) {
		s->first = (ts >> 2 * s->level) & ~3ll;
		s->used = 1;
		for (int i = 0; i < ATLS_LEVELS; i++)
			s->open[i].since = ts;
	}
	at = (ts >> 2 * s->level) - s->first;
	while (at >= ATLS_STRIP_COLUMNS && s->level < LAST_LEVEL) {
		coarsen(s);
		at = (ts >> 2 * s->level) - s->first;
	}
	at = at < 0 ? 0 : at >= ATLS_STRIP_COLUMNS ? ATLS_STRIP_COLUMNS - 1 : at;
	if (at >= s->used)
		s->used = at + 1;
	return at;
}

/* The column of a time; what lies outside of any grid counts at its edge. */
static inline int64_t find(struct atls_strip *s, int64_t ts)
{
	int64_t at = (ts >> 2 * s->level) - s->first;

	return at >= 0 && at < s->used ? at : find_slowly(s, ts);
}

/* The end of the column that ts is in. */
static int64_t column_end(const struct atls_strip *s, int64_t ts)
{
	return ((ts >> 2 * s->level) + 1) << 2 * s->level;
}

/* ---- what is kept --------------------------------------------------------------------------- */

void atls_strip_phase(struct atls_strip *s, int64_t from, int64_t dur, enum atls_phase phase)
{
	int64_t to = from + dur;

	for (find(s, to); from < to;) {
		int64_t end = column_end(s, from);

		end = end < to ? end : to;
		s->columns[find(s, from)].phase_ns[phase] += end - from;
		from = end;
	}
}

void atls_strip_open(struct atls_strip *s, enum atls_level level, int64_t ts, int delta)
{
	int64_t at = find(s, ts), end;
	struct atls_column *c;

	for (; s->open[level].since < ts; s->open[level].since = end) {
		end = column_end(s, s->open[level].since);
		end = end < ts ? end : ts;
		c = &s->columns[find(s, s->open[level].since)];
		see(c, level, s->open[level].now);
		c->open[level].area_ns += s->open[level].now * (end - s->open[level].since);
	}
	c = &s->columns[at];
	s->open[level].now += delta;
	see(c, level, s->open[level].now);
	if (level == ATLS_LEVEL_INFLIGHT) {
		c->started += delta > 0;
		c->ended += delta < 0;
	}
}

int atls_strip_lane(struct atls_strip *s, uint32_t utid, int64_t from, int64_t dur,
		    enum atls_lane_use use)
{
	find(s, from + dur);
	return atls_lanes_add(&s->lanes, utid, s->level, from, dur, use);
}

void atls_strip_heat(struct atls_strip *s, int64_t ts, enum atls_metric metric, int64_t dur)
{
	int64_t at = find(s, ts);
	unsigned bucket = atls_hist_index(dur) / 8;

	s->heat[metric][at][bucket < ATLS_STRIP_BUCKETS ? bucket : ATLS_STRIP_BUCKETS - 1]++;
}
