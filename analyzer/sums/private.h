/* SPDX-License-Identifier: Apache-2.0 */
/* What the aggregate's files share: its state. */
#pragma once

#include "base/hist.h"
#include "base/map.h"
#include "sums/aggregate.h"
#include "sums/strip.h"

#define SLOWEST 100
#define MAX_METRICS 5
#define NKEYS 6
#define MOST_TIMES 16 /* pauses of a job that are told apart */

enum family { JOBS, OPS, CONNS, TURNS, NFAMILIES };

/* All rows of a family that agree in what groups them. */
struct group {
	int64_t id;
	int64_t key[NKEYS]; /* the columns that group, as in the table */
	int64_t rows, extra[3];
	int64_t sum[MAX_METRICS];
	struct atls_hist *hist[MAX_METRICS];
	int64_t (*breakdown)[ATLS_NPHASES]; /* by bucket of wall time, ns in each phase */
};

struct process_count {
	int64_t jobs, paused, conns;
};

struct atls_aggregate {
	const int64_t *utc_offset_ns;
	struct atls_map groups[NFAMILIES];
	int64_t ngroups[NFAMILIES];
	struct group *recent[NFAMILIES]; /* most rows are of the same kind as the one before */
	struct process_count *processes; /* by upid */
	size_t nprocesses;
	int64_t spurious, unseen;	      /* waits */
	struct atls_strip *strip;	      /* NULL: no timeline is wanted */
	struct atls_row_job slowest[SLOWEST]; /* a heap, the fastest of them first */
	unsigned nslowest;
};
