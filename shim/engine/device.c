/* SPDX-License-Identifier: Apache-2.0 */
/* The device model: chance and time. The shim may need no library but libc, so not libm either. */
#include "engine/device.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static const struct atls_spec initial = ATLS_SPEC_DEFAULT;

/* Replaced as a whole and never freed: any thread may be reading an older one. */
static _Atomic(const struct atls_spec *) current = &initial;

const struct atls_spec *atls_device_spec(void)
{
	return atomic_load_explicit(&current, memory_order_acquire);
}

int atls_device_configure(const char *words, char *why, size_t size)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct atls_spec *next = malloc(sizeof(*next));
	int ret;

	if (!next) {
		snprintf(why, size, "out of memory");
		return -ENOMEM;
	}
	pthread_mutex_lock(&lock);
	*next = *atls_device_spec();
	ret = atls_spec_parse(next, words, why, size);
	if (ret)
		free(next);
	else
		atomic_store_explicit(&current, next, memory_order_release);
	pthread_mutex_unlock(&lock);
	return ret;
}

/*
 * A mixing function in the manner of splitmix64: every bit of the result depends on every input
 * bit.
 */
static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	x *= UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* The n-th number of a stream of random ones. */
static uint64_t draw(uint64_t seed, uint64_t stream, uint64_t n)
{
	return mix(mix(seed + stream * UINT64_C(0x9e3779b97f4a7c15)) +
		   n * UINT64_C(0xd1342543de82ef95));
}

/* In [0, 1). */
static double fraction(uint64_t random)
{
	return (double)(random >> 11) / (double)(UINT64_C(1) << 53);
}

#define LN_2 0.69314718055994530942

/* e^x for |x| < 40: halved until the series is short, then squared back. */
static double exponential(double x)
{
	double sum = 1, term = 1;

	x /= 256;
	for (int i = 1; i < 8; i++)
		sum += term *= x / i;
	for (int i = 0; i < 8; i++)
		sum *= sum;
	return sum;
}

/* ln x for x >= 1. */
static double logarithm(double x)
{
	double twos = 0, y, square, sum = 0, power;

	for (; x > 1.5; x /= 2)
		twos += LN_2;
	y = (x - 1) / (x + 1);
	square = y * y;
	power = y;
	for (int i = 1; i < 30; i += 2, power *= square)
		sum += power / i;
	return twos + 2 * sum;
}

static double square_root(double x)
{
	double root = x > 1 ? x : 1;

	for (int i = 0; i < 40; i++)
		root = (root + x / root) / 2;
	return root;
}

/* Mean 0, deviation 1: the sum of twelve even draws, which is within 6 deviations. */
static double normal(uint64_t random)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += fraction(mix(random + i * UINT64_C(0x9e3779b97f4a7c15)));
	return sum;
}

/* Mean and standard deviation are those of the result, not of its logarithm. */
static uint64_t lognormal(const struct atls_dist *d, uint64_t random)
{
	double ratio = (double)d->b_ns / (double)d->a_ns;
	double variance = logarithm(1 + ratio * ratio);

	return (uint64_t)((double)d->a_ns *
			  exponential(square_root(variance) * normal(random) - variance / 2));
}

static uint64_t between(uint64_t low, uint64_t high, uint64_t random)
{
	return low + (uint64_t)((double)(high - low) * fraction(random));
}

static uint64_t from_histogram(const struct atls_histogram *h, uint64_t random)
{
	uint64_t at = random % h->bucket[h->n - 1].upto;
	size_t i = 0;

	while (h->bucket[i].upto <= at)
		i++;
	return between(h->bucket[i].low_ns, h->bucket[i].high_ns, mix(random + 1));
}

static uint64_t sample(const struct atls_dist *d, uint64_t random)
{
	switch (d->shape) {
	case ATLS_SHAPE_UNIFORM:
		return between(d->a_ns, d->b_ns, random);
	case ATLS_SHAPE_LOGNORMAL:
		return lognormal(d, random);
	case ATLS_SHAPE_HISTOGRAM:
		return from_histogram(d->histogram, random);
	default:
		return d->a_ns;
	}
}

/* Streams of random numbers: one for each fault, and one for the service times. */
#define SERVICE ATLS_FAULT_COUNT

static _Atomic uint64_t draws[ATLS_FAULT_COUNT + 1];

uint64_t atls_device_service_ns(const struct atls_spec *spec, struct atls_operation what)
{
	const struct atls_dist *d = NULL;

	if (spec->nlatencies)
		d = atls_spec_latency(spec, what.crypto, what.alg, what.bits);
	return d ? sample(d, draw(spec->seed, SERVICE, atomic_fetch_add(&draws[SERVICE], 1))) : 0;
}

bool atls_device_strikes(const struct atls_spec *spec, enum atls_fault fault)
{
	const struct atls_rate *rate = &spec->fault[fault];
	uint64_t n;

	if (!rate->every && !rate->ppm)
		return false;
	n = atomic_fetch_add(&draws[fault], 1) + 1;
	if (rate->every)
		return n % rate->every == 0;
	return draw(spec->seed, fault, n) % 1000000 < rate->ppm;
}
