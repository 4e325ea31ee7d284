/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's specification: what is understood, what is refused with the words that exist. TAP.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spec/spec.h"
#include "test.h"

static struct atls_spec spec;
static char why[512];

static int parse(const char *text)
{
	static const struct atls_spec initial = ATLS_SPEC_DEFAULT;

	spec = initial;
	why[0] = '\0';
	return atls_spec_parse(&spec, text, why, sizeof(why));
}

static void refused(const char *text, const char *words)
{
	char name[600];

	snprintf(name, sizeof(name), "'%s' is refused, naming '%s'", text, words);
	if (!ok(parse(text) < 0 && strstr(why, words), name))
		printf("# %s\n", why);
}

/* What applies to an operation: its distribution's first time, or -1. */
static int64_t time_of(int crypto, int alg, int bits)
{
	const struct atls_dist *d = atls_spec_latency(&spec, crypto, alg, bits);

	return d ? (int64_t)d->a_ns : -1;
}

static void test_words(void)
{
	ok(!parse(""), "nothing is the default");
	is(spec.workers, 2, "two workers");
	ok(!parse("workers=4,queue=64,batch=8,min_cost=50us,ops=sign+derive,full=inplace,seed=7"),
	   "words");
	is(spec.workers, 4, "workers");
	is(spec.queue, 64, "queue");
	is(spec.batch, 8, "batch");
	is(spec.min_cost_ns, 50000, "min_cost");
	is(spec.ops, 1 << ATLS_CRYPTO_SIGN | 1 << ATLS_CRYPTO_DERIVE, "ops");
	is(spec.full, ATLS_FULL_INPLACE, "full");
	is(spec.seed, 7, "seed");
	ok(!parse("keys=all,max-inflight=9,cpus=0-2+65"), "more words");
	is(spec.keys, ATLS_KEYS_ALL, "keys");
	is(spec.max_inflight, 9, "max-inflight");
	is(spec.cpus[0], 7, "cpus");
	is(spec.cpus[1], 2, "cpus past 63");
	ok(!parse("cpus=1,cpus=all") && !spec.cpus[0], "all cpus");
	refused("keys=mine", "own or all");
	refused("cpus=2-1", "2 to 1023");
	refused("cpus=x", "0 to 1023");
	refused("worker=4", "workers=, queue=");
	refused("workers", "workers=");
	refused("workers=0", "1 to 1024");
	refused("workers=4x", "1 to 1024");
	refused("ops=signs", "sign, decrypt");
	refused("full=maybe", "retry or inplace");
	refused("min_cost=50", "not a time");
	ok(parse("workers=9,queue=none") < 0 && spec.workers == 2,
	   "what is refused changes nothing");
}

static void test_times(void)
{
	ok(!parse("min_cost=1.5ms") && spec.min_cost_ns == 1500000, "1.5ms");
	ok(!parse("min_cost=0ns") && !spec.min_cost_ns, "0ns");
	ok(!parse("min_cost=1h") && spec.min_cost_ns == 3600000000000, "an hour");
	refused("min_cost=61m", "not a time");
	refused("min_cost=1", "not a time");
	refused("min_cost=", "not a time");
	ok(!parse("latency=rsa:1.5ms..1m") && spec.latency[0].dist.a_ns == 1500000 &&
		   spec.latency[0].dist.b_ns == 60000000000,
	   "1.5ms..1m");
	refused("latency=rsa:1..2ms", "not a time");
}

static void test_latency(void)
{
	ok(!parse("latency=any:1us,latency=rsa:2us,latency=rsa4096:3us,latency=rsa4096/decrypt:4us,"
		  "latency=p256/sign:5us,latency=rsa-pss:6us"),
	   "targets");
	is(time_of(ATLS_CRYPTO_SIGN, ATLS_ALG_DH, 2048), 1000, "any");
	is(time_of(ATLS_CRYPTO_SIGN, ATLS_ALG_RSA, 2048), 2000, "rsa");
	is(time_of(ATLS_CRYPTO_SIGN, ATLS_ALG_RSA, 4096), 3000, "rsa4096");
	is(time_of(ATLS_CRYPTO_DECRYPT, ATLS_ALG_RSA, 4096), 4000, "rsa4096/decrypt");
	is(time_of(ATLS_CRYPTO_SIGN, ATLS_ALG_EC, 256), 5000, "p256/sign");
	is(time_of(ATLS_CRYPTO_DERIVE, ATLS_ALG_EC, 256), 1000, "p256/sign is not for derive");
	is(time_of(ATLS_CRYPTO_SIGN, ATLS_ALG_RSA_PSS, 2048), 6000, "rsa-pss rather than rsa");
	ok(!parse("latency=ed25519:1us,latency=ed25519:9us"), "twice the same");
	is(time_of(ATLS_CRYPTO_SIGN, ATLS_ALG_ED25519, 253), 9000, "the last counts");
	is(spec.nlatencies, 1, "in the place of the first");
	ok(!parse("latency=rsa:1us..3us") && spec.latency[0].dist.shape == ATLS_SHAPE_UNIFORM,
	   "uniform");
	ok(!parse("latency=rsa:150us~20us") && spec.latency[0].dist.shape == ATLS_SHAPE_LOGNORMAL,
	   "lognormal");
	refused("latency=rsa", "ALG:TIME");
	refused("latency=rsa:fast", "150us~20us");
	refused("latency=rsb:1us", "rsa-pss");
	refused("latency=rsa/signs:1us", "decrypt");
	refused("latency=rsa:3us..1us", "not a time");
	refused("latency=rsa:@/nonexistent", "/nonexistent");
}

static void test_histogram(void)
{
	char path[] = "/tmp/asynctls-spec-XXXXXX", text[128];
	FILE *file = fdopen(mkstemp(path), "w");

	fputs("# measured\n100us 3\n\n200us..300us 7 # most\n", file);
	fclose(file);
	snprintf(text, sizeof(text), "latency=rsa:@%s", path);
	ok(!parse(text) && spec.latency[0].dist.shape == ATLS_SHAPE_HISTOGRAM, "histogram");
	is(spec.latency[0].dist.histogram->n, 2, "two buckets");
	is(spec.latency[0].dist.histogram->bucket[1].upto, 10, "ten samples");
	/* It is meant to live as long as the process; the next parse() forgets it. */
	free((void *)spec.latency[0].dist.histogram);
	file = fopen(path, "w");
	fputs("100us\n", file);
	fclose(file);
	refused(text, ":1: not 'TIME COUNT'");
	snprintf(text, sizeof(text), "profile=%s", path);
	file = fopen(path, "w");
	fputs("# mine\nworkers=3 queue=5\nlatency=rsa:1ms\n", file);
	fclose(file);
	ok(!parse(text) && spec.workers == 3 && spec.queue == 5 && spec.nlatencies == 1,
	   "profile file");
	unlink(path);
}

static void test_fault(void)
{
	ok(!parse("fault=eagain:1%,fault=err:1/7,fault=opfail,fault=late-wake:5ms:0.5%"), "faults");
	is(spec.fault[ATLS_FAULT_EAGAIN].ppm, 10000, "by chance");
	is(spec.fault[ATLS_FAULT_ERR].every, 7, "every seventh");
	is(spec.fault[ATLS_FAULT_OPFAIL].every, 1, "always");
	is(spec.fault[ATLS_FAULT_LATE_WAKE].ppm, 5000, "late-wake's rate");
	is(spec.late_ns, 5000000, "late-wake's time");
	ok(!parse("fault=err,fault=none") && !spec.fault[ATLS_FAULT_ERR].every, "none");
	refused("fault=lost", "lost-wake, dup-wake");
	refused("fault=err:2", "1% or 1/100");
	refused("fault=err:1/0", "1% or 1/100");
	refused("fault=err:101%", "1% or 1/100");
	refused("fault=late-wake", "late-wake:5ms");
}

static void test_profiles(void)
{
	char text[64];

	for (const struct atls_profile *p = atls_profiles; p->name; p++) {
		snprintf(text, sizeof(text), "profile=%s,workers=1", p->name);
		ok(!parse(text) && spec.nlatencies && spec.workers == 1, text);
		ok(strstr(p->text, "https://"), "names its source");
	}
	refused("profile=qat", "qat-c62x");
	refused("profile=/nonexistent", "/nonexistent");
}

int main(void)
{
	test_words();
	test_times();
	test_latency();
	test_histogram();
	test_fault();
	test_profiles();
	return done();
}
