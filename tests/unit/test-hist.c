/* SPDX-License-Identifier: Apache-2.0 */
/* hist.c: buckets are as narrow as promised, quantiles as near. */
#include <stdlib.h>

#include "base/hist.h"
#include "test.h"

static int bad_buckets(void)
{
	int bad = 0;

	for (unsigned i = 0; i + 1 < ATLS_HIST_BUCKETS; i++) {
		int64_t low = atls_hist_edge(i), high = atls_hist_edge(i + 1);

		bad += atls_hist_index(low) != i || atls_hist_index(high - 1) != i;
		bad += high - low > 1 && (high - low) * ATLS_HIST_SUB > low;
	}
	return bad;
}

int main(void)
{
	struct atls_hist *h = calloc(1, sizeof(*h));
	int64_t p99;

	is(bad_buckets(), 0, "each bucket holds its edges, and is at most 1/32 wide");
	is(atls_hist_index(INT64_MAX), ATLS_HIST_BUCKETS - 1,
	   "the largest number has the last bucket");
	is(atls_hist_index(-5), 0, "negative numbers count as 0");
	is(atls_hist_quantile(h, 0.5), 0, "nothing has no quantile");
	atls_hist_add(h, 123456);
	is(atls_hist_quantile(h, 0.5), 123456, "one value is all quantiles");
	is(atls_hist_quantile(h, 0.99), 123456, "one value is all quantiles, the high ones too");
	*h = (struct atls_hist){ 0 };
	for (int64_t i = 1; i <= 100; i++)
		atls_hist_add(h, i * 10000);
	p99 = atls_hist_quantile(h, 0.99);
	ok(p99 > 990000 * 0.984 && p99 < 990000 * 1.016,
	   "p99 of 100 values is the 99th, within 1.6 %");
	is(atls_hist_quantile(h, 1), 1000000, "the top is the largest value");
	is(h->count, 100, "all are counted");
	free(h);
	return done();
}
