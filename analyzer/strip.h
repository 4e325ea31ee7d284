/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A timeline of bounded size: columns of 4^level ns on an absolute grid of time.
 *
 * While a trace is read the level rises so that it fits into ATLS_STRIP_COLUMNS columns; four columns
 * become one. What is kept in a column adds up, so that strips of the same level merge exactly, and any
 * strip can be brought to a higher level.
 */
#pragma once

#include <stdint.h>

#include "codes.h"

#define ATLS_STRIP_COLUMNS 2048
#define ATLS_STRIP_BUCKETS 256 /* of durations, 4 an octave: those of hist.h in groups of 8 */
#define ATLS_STRIP_METRICS 5   /* wall, then the phases */

struct atls_column {
	int64_t phase_ns[ATLS_NPHASES]; /* time that jobs spent in each phase within the column */
	int64_t started, ended;		/* jobs */
	/* Jobs in flight; valid if seen. */
	int64_t low, high;
	int64_t area_ns; /* sum over jobs of the time in flight */
	int64_t seen;
};

struct atls_strip {
	unsigned level;
	int64_t first; /* grid number of column 0, a multiple of 4 */
	int64_t used;  /* columns */
	struct atls_column columns[ATLS_STRIP_COLUMNS];
	/* Ended jobs by column of their end and by duration. */
	uint32_t heat[ATLS_STRIP_METRICS][ATLS_STRIP_COLUMNS][ATLS_STRIP_BUCKETS];
	int64_t open, since; /* in flight, and from when on */
};

/* An empty strip, or NULL if there is no memory; free() it. */
struct atls_strip *atls_strip_create(void);
/* Time from, for dur ns, was spent in a phase. */
void atls_strip_phase(struct atls_strip *s, int64_t from, int64_t dur, enum atls_phase phase);
/* From time ts on, delta more jobs are in flight; times ascend, but for small disorder. */
void atls_strip_open(struct atls_strip *s, int64_t ts, int delta);
/* A job ended at ts; metric 0 is its wall time. */
void atls_strip_heat(struct atls_strip *s, int64_t ts, unsigned metric, int64_t dur);
