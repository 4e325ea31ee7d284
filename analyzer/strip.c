/* SPDX-License-Identifier: Apache-2.0 */
/* A timeline of bounded size. */
#include "strip.h"

#include <stdlib.h>
#include <string.h>

#include "hist.h"

#define FIRST_LEVEL 8 /* 65.5 us */
#define LAST_LEVEL 30

struct atls_strip *atls_strip_create(void)
{
	struct atls_strip *s = calloc(1, sizeof(*s));

	if (s)
		s->level = FIRST_LEVEL;
	return s;
}

/* ---- coarser and coarser -------------------------------------------------------------------- */

static void add_column(struct atls_column *to, const struct atls_column *from)
{
	for (int i = 0; i < ATLS_NPHASES; i++)
		to->phase_ns[i] += from->phase_ns[i];
	to->started += from->started;
	to->ended += from->ended;
	to->area_ns += from->area_ns;
	if (from->seen && (!to->seen || from->low < to->low))
		to->low = from->low;
	if (from->seen && (!to->seen || from->high > to->high))
		to->high = from->high;
	to->seen |= from->seen;
}

static void add_heat(struct atls_strip *s, int64_t to, int64_t from)
{
	for (int m = 0; m < ATLS_STRIP_METRICS; m++)
		for (int b = 0; b < ATLS_STRIP_BUCKETS; b++) {
			uint32_t count = s->heat[m][from][b];

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

/* The column of a time; what lies outside of any grid counts at its edge. */
static int64_t find(struct atls_strip *s, int64_t ts)
{
	int64_t at;

	if (!s->used) {
		s->first = (ts >> 2 * s->level) & ~3ll;
		s->used = 1;
		s->since = ts;
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

/* The end of the column that ts is in. */
static int64_t column_end(const struct atls_strip *s, int64_t ts)
{
	return ((ts >> 2 * s->level) + 1) << 2 * s->level;
}

/* ---- what is kept --------------------------------------------------------------------------- */

void atls_strip_phase(struct atls_strip *s, int64_t from, int64_t dur, enum atls_phase phase)
{
	int64_t to = from + dur;

	find(s, to);
	while (from < to) {
		int64_t end = column_end(s, from);

		end = end < to ? end : to;
		s->columns[find(s, from)].phase_ns[phase] += end - from;
		from = end;
	}
}

static void see(struct atls_strip *s, int64_t at)
{
	struct atls_column *c = &s->columns[at];

	if (!c->seen || s->open < c->low)
		c->low = s->open;
	if (!c->seen || s->open > c->high)
		c->high = s->open;
	c->seen = 1;
}

void atls_strip_open(struct atls_strip *s, int64_t ts, int delta)
{
	int64_t at = find(s, ts);

	while (s->since < ts) {
		int64_t end = column_end(s, s->since);

		end = end < ts ? end : ts;
		at = find(s, s->since);
		see(s, at);
		s->columns[at].area_ns += s->open * (end - s->since);
		s->since = end;
	}
	at = find(s, ts);
	s->open += delta;
	s->columns[at].started += delta > 0;
	s->columns[at].ended += delta < 0;
	see(s, at);
}

void atls_strip_heat(struct atls_strip *s, int64_t ts, unsigned metric, int64_t dur)
{
	int64_t at = find(s, ts);
	unsigned bucket = atls_hist_index(dur) / 8;

	s->heat[metric][at][bucket < ATLS_STRIP_BUCKETS ? bucket : ATLS_STRIP_BUCKETS - 1]++;
}
