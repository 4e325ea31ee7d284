/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A timeline of bounded size: columns of 4^level ns on an absolute grid of time.
 *
 * While a trace is read the level rises so that it fits into ATLS_STRIP_COLUMNS columns; four
 * columns become one. What is kept in a column adds up, so that strips of the same level merge
 * exactly, and any strip can be brought to a higher level.
 */
#pragma once

#include <stdint.h>

#include "base/codes.h"
#include "model/model.h"
#include "sums/lanes.h"

#define ATLS_STRIP_COLUMNS 2048
#define ATLS_STRIP_BUCKETS 256 /* of durations, 4 an octave: those of hist.h in groups of 8 */
#define ATLS_STRIP_METRICS (ATLS_METRIC_TURN + 1)

struct atls_column {
	int64_t phase_ns[ATLS_NPHASES]; /* time that jobs spent in each phase within the column */
	int64_t started, ended;		/* jobs */
	struct {
		int64_t low, high; /* valid if seen */
		int64_t area_ns;   /* sum over what is open of the time that it is */
		int64_t seen;
	} open[ATLS_LEVELS];
};

struct atls_strip {
	unsigned level;
	int64_t first; /* grid number of column 0, a multiple of 4 */
	int64_t used;  /* columns */
	struct atls_column columns[ATLS_STRIP_COLUMNS];
	/* By column of the end and by duration. */
	uint32_t heat[ATLS_STRIP_METRICS][ATLS_STRIP_COLUMNS][ATLS_STRIP_BUCKETS];
	struct {
		int64_t now, since; /* how many, and from when on */
	} open[ATLS_LEVELS];
	struct atls_lanes lanes;
};

/* An empty strip, or NULL if there is no memory. */
struct atls_strip *atls_strip_create(void);
/* NULL is fine. */
void atls_strip_destroy(struct atls_strip *s);
/* Time from, for dur ns, was spent in a phase. */
void atls_strip_phase(struct atls_strip *s, int64_t from, int64_t dur, enum atls_phase phase);
/* From time ts on, delta more are open; times ascend, but for small disorder. */
void atls_strip_open(struct atls_strip *s, enum atls_level level, int64_t ts, int delta);
/* Of a thread's time, dur ns from time from on went into a use. 0 or -errno. */
int atls_strip_lane(struct atls_strip *s, uint32_t utid, int64_t from, int64_t dur,
		    enum atls_lane_use use);
/* Something ended at ts, and had taken dur. */
void atls_strip_heat(struct atls_strip *s, int64_t ts, enum atls_metric metric, int64_t dur);
