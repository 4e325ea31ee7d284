/* SPDX-License-Identifier: Apache-2.0 */
/* lanes.c: nothing gets lost in columns, however they are filled and merged. */
#include <stdlib.h>

#include "sums/lanes.h"
#include "test.h"

static int64_t sum(const struct atls_lane *lane, enum atls_lane_use use)
{
	int64_t ns = 0;

	for (int64_t i = 0; i < lane->used; i++)
		ns += lane->columns[i][use];
	return ns;
}

/* Columns that hold more than fits into their width. */
static int overfull(const struct atls_lane *lane)
{
	int bad = 0;

	for (int64_t i = 0; i < lane->used; i++)
		bad += lane->columns[i][ATLS_LANE_TURN] > (int64_t)1 << 2 * lane->level;
	return bad;
}

/*
 * Turns and waits without a gap from time 1000 on, while the columns grow; then one before all of
 * them.
 */
static void fill(struct atls_lanes *l, int64_t *turns, int64_t *waits)
{
	int64_t at = 1000;

	for (unsigned i = 0; i < 4000; i++) {
		int64_t dur = 1 + (int64_t)(i * 7919u % 5000);

		*(i & 1 ? waits : turns) += dur;
		atls_lanes_add(l, 3, 4 + i / 1000, at, dur,
			       i & 1 ? ATLS_LANE_WAIT : ATLS_LANE_TURN);
		at += dur;
	}
	atls_lanes_add(l, 3, 7, 10, 990, ATLS_LANE_TURN);
	*turns += 990;
}

int main(void)
{
	struct atls_lanes l = { 0 };
	int64_t turns = 0, waits = 0;

	fill(&l, &turns, &waits);
	is(sum(l.of[3], ATLS_LANE_TURN), turns, "all turns are in the columns");
	is(sum(l.of[3], ATLS_LANE_WAIT), waits, "all waits are");
	is(overfull(l.of[3]), 0, "no column holds more than its width");
	is(l.of[3]->first, 0, "the first column is that of the earliest time");
	ok(!l.of[2], "a thread that did nothing has no lane");
	for (uint32_t utid = 4; utid < 104; utid++)
		atls_lanes_add(&l, utid, 7, 123456, 789, ATLS_LANE_BUSY);
	atls_lanes_level(&l, 7);
	is(l.of[3]->level, 8, "with over 64 threads, columns are 4 times as wide");
	is(l.of[4]->level, 8, "those of all threads");
	is(sum(l.of[3], ATLS_LANE_TURN), turns, "and hold the same");
	is(sum(l.of[103], ATLS_LANE_BUSY), 789, "so does a short lane");
	atls_lanes_finish(&l);
	return done();
}
