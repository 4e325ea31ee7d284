/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The built-in engine's specification, as ASYNCTLS_ENGINE, `record --engine=` and the ENGINE's
 * control commands give it: words joined by commas.
 *
 *   workers=4,queue=64,batch=8,min_cost=50us,ops=sign+decrypt,full=retry
 *   latency=rsa2048/sign:150us~20us      ALG[BITS][/OPERATION]:DIST
 *   fault=lost-wake:1/100                KIND[:RATE], late-wake:TIME[:RATE]
 *   keys=all,max-inflight=100,cpus=0-3+7
 *   seed=7   profile=NAME or profile=PATH
 *
 * TIME is a duration (duration.h) of at most an hour. DIST is TIME (fixed), TIME..TIME (uniform),
 * TIME~TIME (lognormal: mean and standard deviation) or @FILE (measured: lines of "TIME COUNT" or
 * "TIME..TIME COUNT"). RATE is N% (by chance) or 1/N (every n-th).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "events/trace.h"

#define ATLS_SPEC_MAX_WORKERS 1024
#define ATLS_SPEC_MAX_LATENCIES 48

enum atls_shape {
	ATLS_SHAPE_FIXED,
	ATLS_SHAPE_UNIFORM,
	ATLS_SHAPE_LOGNORMAL,
	ATLS_SHAPE_HISTOGRAM
};

struct atls_bucket {
	uint64_t low_ns, high_ns;
	uint64_t upto; /* weight of this bucket and of all before it */
};

struct atls_histogram {
	size_t n; /* at least 1; the last bucket's upto is not 0 */
	struct atls_bucket bucket[];
};

struct atls_dist {
	uint8_t shape;	     /* enum atls_shape */
	uint64_t a_ns, b_ns; /* fixed: a; uniform: a..b; lognormal: mean a, deviation b */
	const struct atls_histogram *histogram; /* lives as long as the process */
};

/* The service time of the operations that it applies to; the most exact one counts. */
struct atls_latency {
	int16_t alg;	/* enum atls_alg, -1 for any; rsa includes rsa-pss */
	int16_t crypto; /* enum atls_crypto, -1 for any */
	uint16_t bits;	/* 0 for any */
	struct atls_dist dist;
};

/* How often a fault strikes; never if both are 0. */
struct atls_rate {
	uint32_t ppm;	/* by chance, per million */
	uint32_t every; /* each n-th operation */
};

/* Whose keys are offloaded: those of OpenSSL's own providers, or every one. */
enum atls_keys { ATLS_KEYS_OWN, ATLS_KEYS_ALL };

#define ATLS_SPEC_MAX_CPUS 1024

/* What becomes of an operation when the queue is full. */
enum atls_full { ATLS_FULL_RETRY, ATLS_FULL_INPLACE };

struct atls_spec {
	uint32_t workers; /* threads: the operations that the device can do at once */
	uint32_t queue;	  /* operations that may wait for a worker */
	uint32_t batch;	  /* operations that a worker takes at once, and completes together */
	uint8_t ops;	  /* bit 1 << enum atls_crypto of what is offloaded; 0: the front decides */
	uint8_t full;	  /* enum atls_full */
	uint8_t keys;	  /* enum atls_keys */
	uint32_t max_inflight; /* operations under way at a time; 0 for any number */
	uint64_t cpus[ATLS_SPEC_MAX_CPUS / 64]; /* a bit for each that workers run on; 0: all */
	uint64_t min_cost_ns;			/* what costs less is done in place */
	uint64_t seed;
	uint64_t late_ns; /* of fault late-wake */
	struct atls_rate fault[ATLS_FAULT_COUNT];
	uint32_t nlatencies;
	struct atls_latency latency[ATLS_SPEC_MAX_LATENCIES];
};

/* The engine as it is when nothing is said. */
#define ATLS_SPEC_DEFAULT                                          \
	{                                                          \
		.workers = 2, .queue = 4096, .batch = 1, .seed = 1 \
	}

/*
 * Apply the words of text to *spec, on top of what is there. Returns 0, or -errno with one sentence
 * in why and *spec unchanged. Reads files for profile=PATH and @FILE only.
 */
int atls_spec_parse(struct atls_spec *spec, const char *text, char *why, size_t size);

/* Which latency applies to an operation, or NULL: then it takes what it takes. */
const struct atls_dist *atls_spec_latency(const struct atls_spec *spec, int crypto, int alg,
					  int bits);

/* The built-in profiles. */
struct atls_profile {
	const char *name;
	const char *text;
};

extern const struct atls_profile atls_profiles[]; /* ends with a NULL name */
