/* SPDX-License-Identifier: Apache-2.0 */
/* Log-linear histograms of durations. */
#include "base/hist.h"

#include <math.h>

/*
 *   value    0..31   32..63  64..127  128..255 ...
 *   width      1       1        2        4
 *   bucket   0..31   32..63  64..95   96..127
 */
unsigned atls_hist_index(int64_t value)
{
	unsigned octave;

	if (value < ATLS_HIST_SUB)
		return value < 0 ? 0 : (unsigned)value;
	octave = 63 - __builtin_clzll((uint64_t)value) - 5;
	return octave * ATLS_HIST_SUB + (unsigned)(value >> octave);
}

int64_t atls_hist_edge(unsigned bucket)
{
	unsigned octave = bucket < 2 * ATLS_HIST_SUB ? 0 : bucket / ATLS_HIST_SUB - 1;

	return (int64_t)((uint64_t)(bucket - octave * ATLS_HIST_SUB) << octave);
}

void atls_hist_add(struct atls_hist *h, int64_t value)
{
	if (!h->count || value < h->min)
		h->min = value;
	if (!h->count || value > h->max)
		h->max = value;
	h->count++;
	h->bucket[atls_hist_index(value)]++;
}

void atls_hist_add_bucket(struct atls_hist *h, unsigned bucket, uint64_t count, int64_t min,
			  int64_t max)
{
	if (bucket >= ATLS_HIST_BUCKETS)
		return;
	if (!h->count || min < h->min)
		h->min = min;
	if (!h->count || max > h->max)
		h->max = max;
	h->count += count;
	h->bucket[bucket] += count;
}

static int64_t middle(const struct atls_hist *h, unsigned bucket)
{
	int64_t edge = atls_hist_edge(bucket);
	int64_t value = edge + (atls_hist_edge(bucket + 1) - edge - 1) / 2;

	if (value < h->min)
		return h->min;
	return value > h->max ? h->max : value;
}

int64_t atls_hist_quantile(const struct atls_hist *h, double q)
{
	uint64_t rank = (uint64_t)ceil(q * (double)h->count), seen = 0;

	for (unsigned i = 0; i < ATLS_HIST_BUCKETS; i++) {
		seen += h->bucket[i];
		if (h->bucket[i] && seen >= rank)
			return middle(h, i);
	}
	return 0;
}
