/* SPDX-License-Identifier: Apache-2.0 */
/* Confidence intervals by resampling, with a fixed seed. */
#pragma once

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

/* Values in ascending order. */
struct atls_sample {
	int64_t *value;
	size_t n;
};

/* All zero to begin with. The query has one column of integers. 0 or -errno, worded. */
int atls_sample_read(struct atls_sample *s, sqlite3 *db, const char *sql);
void atls_sample_finish(struct atls_sample *s);
/* The value that a share q of all does not exceed. The sample is not empty. */
double atls_sample_quantile(const struct atls_sample *s, double q);
/*
 * The middle 95 % of the ratio of the second sample's quantile to the first's (or of their means,
 * if q is negative), each sample being drawn anew, with replacement, so many times.
 */
void atls_bootstrap_ratio(const struct atls_sample sample[2], double q, int rounds, double *low,
			  double *high);
