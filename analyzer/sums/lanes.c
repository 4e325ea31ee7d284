/* SPDX-License-Identifier: Apache-2.0 */
/* Each thread's part in the timeline. */
#include "sums/lanes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MANY 64	      /* threads, from which on columns are 4 times as wide */
#define TOO_MANY 1024 /* and 16 times */

static unsigned own_level(const struct atls_lanes *l, unsigned level)
{
	return level + (l->count >= MANY) + (l->count >= TOO_MANY);
}

static void coarsen(struct atls_lane *lane)
{
	int64_t begin = lane->first >> 2, columns = 0;

	for (int64_t i = 0; i < lane->used; i++) {
		int64_t to = ((lane->first + i) >> 2) - begin;

		if (to == columns && to < i)
			memset(lane->columns[to], 0, sizeof(lane->columns[to]));
		if (to < i)
			for (int use = 0; use < ATLS_LANE_USES; use++)
				lane->columns[to][use] += lane->columns[i][use];
		columns = to + 1;
	}
	lane->first = begin;
	lane->used = columns;
	lane->level++;
}

/* Let the lane reach from one column to another, too. */
static int reach(struct atls_lane *lane, int64_t from, int64_t to)
{
	int64_t before, used;

	if (!lane->used)
		lane->first = from;
	before = from < lane->first ? lane->first - from : 0;
	used = to >= lane->first + lane->used ? to + 1 - lane->first : lane->used;
	used += before;
	if (used > lane->room) {
		void *bigger = realloc(lane->columns, (size_t)used * 2 * sizeof(*lane->columns));

		if (!bigger)
			return -ENOMEM;
		lane->columns = bigger;
		lane->room = used * 2;
	}
	if (before)
		memmove(lane->columns + before, lane->columns,
			(size_t)lane->used * sizeof(*lane->columns));
	memset(lane->columns, 0, (size_t)before * sizeof(*lane->columns));
	before += lane->used;
	memset(lane->columns + before, 0, (size_t)(used - before) * sizeof(*lane->columns));
	lane->first = from < lane->first ? from : lane->first;
	lane->used = used;
	return 0;
}

static struct atls_lane *find(struct atls_lanes *l, uint32_t utid)
{
	if (utid >= l->room) {
		uint32_t room = (utid + 1) * 2;
		struct atls_lane **bigger = realloc(l->of, room * sizeof(*bigger));

		if (!bigger)
			return NULL;
		memset(bigger + l->room, 0, (room - l->room) * sizeof(*bigger));
		l->of = bigger;
		l->room = room;
	}
	if (!l->of[utid]) {
		l->of[utid] = calloc(1, sizeof(*l->of[utid]));
		l->count += l->of[utid] != NULL;
	}
	return l->of[utid];
}

int atls_lanes_add(struct atls_lanes *l, uint32_t utid, unsigned level, int64_t from, int64_t dur,
		   enum atls_lane_use use)
{
	struct atls_lane *lane = find(l, utid);
	int64_t to = from + dur;

	if (!lane)
		return -ENOMEM;
	if (dur <= 0)
		return 0;
	for (level = own_level(l, level); lane->level < level;)
		coarsen(lane);
	if ((from >> 2 * level < lane->first ||
	     (to - 1) >> 2 * level >= lane->first + lane->used) &&
	    reach(lane, from >> 2 * level, (to - 1) >> 2 * level))
		return -ENOMEM;
	while (from < to) {
		int64_t at = from >> 2 * level, end = (at + 1) << 2 * level;

		end = end < to ? end : to;
		lane->columns[at - lane->first][use] += end - from;
		from = end;
	}
	return 0;
}

void atls_lanes_level(struct atls_lanes *l, unsigned level)
{
	level = own_level(l, level);
	for (uint32_t i = 0; i < l->room; i++)
		while (l->of[i] && l->of[i]->level < level)
			coarsen(l->of[i]);
}

void atls_lanes_finish(struct atls_lanes *l)
{
	for (uint32_t i = 0; i < l->room; i++) {
		if (l->of[i])
			free(l->of[i]->columns);
		free(l->of[i]);
	}
	free(l->of);
	*l = (struct atls_lanes){ 0 };
}
