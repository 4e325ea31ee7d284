/* SPDX-License-Identifier: Apache-2.0 */
/* Log-linear histograms of durations, and percentiles from them. */
#pragma once

#include <stdint.h>

/*
 * 32 buckets an octave: values below 64 have a bucket each, any other bucket is at most 1/32 of its
 * lower edge wide. A percentile is the middle of its bucket, within the smallest and largest value
 * seen: at most 1.6 % off. Histograms add exactly.
 */
#define ATLS_HIST_SUB 32
#define ATLS_HIST_BUCKETS ((63 - 5) * ATLS_HIST_SUB + ATLS_HIST_SUB)

struct atls_hist {
	uint64_t count;
	int64_t min; /* of count values; not valid when count is 0 */
	int64_t max;
	uint64_t bucket[ATLS_HIST_BUCKETS];
};

/* The bucket of value, and the lower edge of a bucket. Negative values count as 0. */
unsigned atls_hist_index(int64_t value);
int64_t atls_hist_edge(unsigned bucket);

/* All zero is an empty histogram. */
void atls_hist_add(struct atls_hist *h, int64_t value);
/* Add count values of one bucket, within [min, max]. */
void atls_hist_add_bucket(struct atls_hist *h, unsigned bucket, uint64_t count, int64_t min,
			  int64_t max);
/* The value that a share q (0 to 1) of all values does not exceed; 0 if there are none. */
int64_t atls_hist_quantile(const struct atls_hist *h, double q);
