/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each thread's part in the timeline: columns like those of strip.h, and in each what its time went
 * into.
 *
 *   thread 1   |..####..|   a lane reaches from the first to the last column in which
 *   thread 2       |####|   anything was seen of its thread
 *
 * Many threads have coarser columns than few, so that the memory is bounded; all have the same.
 */
#pragma once

#include <stdint.h>

enum atls_lane_use {
	ATLS_LANE_BUSY, /* in fibres that ran on it; up to here as enum atls_phase */
	ATLS_LANE_OFFLOAD,
	ATLS_LANE_NOTIFY,
	ATLS_LANE_REQUEUE,
	ATLS_LANE_PLACE, /* in engine operations in place, outside of any job */
	ATLS_LANE_TURN,	 /* in turns of its event loop */
	ATLS_LANE_WAIT,	 /* between them */
	ATLS_LANE_USES
};

struct atls_lane {
	unsigned level;	    /* a column is 4^level ns wide */
	int64_t first;	    /* grid number of column 0 */
	int64_t used, room; /* columns */
	int64_t (*columns)[ATLS_LANE_USES];
};

struct atls_lanes {
	struct atls_lane **of; /* by utid; NULL if nothing was seen of it */
	uint32_t room;
	uint32_t count;
};

/*
 * From time from on, dur ns of a thread went into a use; level is that of the whole timeline. 0 or
 * -errno.
 */
int atls_lanes_add(struct atls_lanes *l, uint32_t utid, unsigned level, int64_t from, int64_t dur,
		   enum atls_lane_use use);
/* Bring all to the same level, at least that of the whole timeline. */
void atls_lanes_level(struct atls_lanes *l, unsigned level);
void atls_lanes_finish(struct atls_lanes *l);
