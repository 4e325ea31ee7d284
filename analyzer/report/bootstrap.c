/* SPDX-License-Identifier: Apache-2.0 */
/* Confidence intervals by resampling, with a fixed seed. */
#include "report/bootstrap.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/sqlite.h"

/* ---- samples -------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int atls_sample_read(struct atls_sample *sample, sqlite3 *db, const char *sql)
{
	sqlite3_stmt *s;
	size_t room = 0;
	int ret = atls_sql_prepare(db, sql, &s);

	if (ret)
		return ret;
	while ((ret = atls_sql_step(s)) == 1) {
		if (sample->n == room) {
			size_t more = room ? 2 * room : 1024;
			int64_t *value = realloc(sample->value, more * sizeof(*value));

			if (!value) {
				ret = -ENOMEM;
				break;
			}
			sample->value = value;
			room = more;
		}
		sample->value[sample->n++] = sqlite3_column_int64(s, 0);
	}
	sqlite3_finalize(s);
	if (sample->n)
		qsort(sample->value, sample->n, sizeof(*sample->value), by_value);
	return ret;
}

void atls_sample_finish(struct atls_sample *s)
{
	free(s->value);
	*s = (struct atls_sample){ 0 };
}

static size_t rank(size_t n, double q)
{
	size_t at = (size_t)ceil(q * (double)n);

	return at ? at - 1 : 0;
}

double atls_sample_quantile(const struct atls_sample *s, double q)
{
	return (double)s->value[rank(s->n, q)];
}

/* ---- resampling ----------------------------------------------------------------------------- */

/* xorshift64*: the same everywhere, and good enough for this. */
static uint64_t next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

static double uniform(uint64_t *state)
{
	return ((double)(next(state) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(uint64_t *state)
{
	double radius = sqrt(-2 * log(uniform(state)));

	return radius * cos(6.283185307179586 * uniform(state));
}

/*
 * The quantile of a resample, without drawing it: how many of n draws fall at or below a value is
 * binomial, so the rank of the resample's quantile in the sample is normal around n q, with the
 * variance n q (1 - q). For small samples the draws themselves are made.
 */
static double draw_quantile(const struct atls_sample *s, double q, uint64_t *state)
{
	double n = (double)s->n, at;

	if (s->n >= 200 && n * (1 - q) >= 5) {
		at = n * q + normal(state) * sqrt(n * q * (1 - q));
	} else {
		/* The k-th smallest of n uniform draws, one after the other from the largest. */
		double u = 1;
		size_t k = rank(s->n, q) + 1;

		for (size_t left = s->n; left >= k; left--)
			u *= pow(uniform(state), 1.0 / (double)left);
		at = ceil(u * n);
	}
	if (at < 1)
		at = 1;
	return (double)s->value[at > n ? s->n - 1 : (size_t)at - 1];
}

static double draw_mean(const struct atls_sample *s, uint64_t *state)
{
	double sum = 0;

	for (size_t i = 0; i < s->n; i++)
		sum += (double)s->value[(size_t)(uniform(state) * (double)s->n)];
	return sum / (double)s->n;
}

static double draw(const struct atls_sample *s, double q, uint64_t *state)
{
	return q < 0 ? draw_mean(s, state) : draw_quantile(s, q, state);
}

static int by_ratio(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void atls_bootstrap_ratio(const struct atls_sample sample[2], double q, int rounds, double *low,
			  double *high)
{
	double *ratio = calloc(rounds, sizeof(*ratio));
	uint64_t state = 0x9e3779b97f4a7c15ull;

	*low = *high = NAN;
	if (!ratio || !sample[0].n || !sample[1].n) {
		free(ratio);
		return;
	}
	for (int i = 0; i < rounds; i++) {
		double a = draw(&sample[0], q, &state), b = draw(&sample[1], q, &state);

		ratio[i] = b / (a > 0 ? a : 1);
	}
	qsort(ratio, rounds, sizeof(*ratio), by_ratio);
	*low = ratio[(int)(0.025 * rounds)];
	*high = ratio[(int)(0.975 * rounds)];
	free(ratio);
}
