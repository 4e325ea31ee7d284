/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the engine's specification. */
#include "spec/spec.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decimal.h"
#include "spec/spec-private.h"

#define MAX_TEXT 65536
#define MAX_QUEUE 1000000

int atls_refuse(struct reading *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(r->why, r->size, format, args);
	va_end(args);
	return -EINVAL;
}

char *atls_spec_read_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text;
	size_t n;

	if (!file)
		return NULL;
	text = malloc(MAX_TEXT);
	n = text ? fread(text, 1, MAX_TEXT, file) : 0;
	fclose(file);
	if (text && n < MAX_TEXT) {
		text[n] = '\0';
		return text;
	}
	free(text);
	errno = EFBIG;
	return NULL;
}

char *atls_spec_next_line(char **rest)
{
	char *line = strsep(rest, "\n");

	if (line)
		line[strcspn(line, "#\r")] = '\0';
	return line;
}

static int read_number(struct reading *r, const char *name, const char *text, unsigned long least,
		       unsigned long most, unsigned long long *out)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || value < least || value > most)
		return atls_refuse(r, "%s=%s: not a number of %lu to %lu", name, text, least, most);
	*out = value;
	return 0;
}

static int read_u32(struct reading *r, const char *name, const char *text, unsigned long most,
		    uint32_t *out)
{
	unsigned long long value;
	int ret = read_number(r, name, text, 1, most, &value);

	if (!ret)
		*out = (uint32_t)value;
	return ret;
}

static int word_workers(struct reading *r, char *value)
{
	return read_u32(r, "workers", value, ATLS_SPEC_MAX_WORKERS, &r->spec.workers);
}

static int word_queue(struct reading *r, char *value)
{
	return read_u32(r, "queue", value, MAX_QUEUE, &r->spec.queue);
}

static int word_batch(struct reading *r, char *value)
{
	return read_u32(r, "batch", value, 64, &r->spec.batch);
}

static int word_seed(struct reading *r, char *value)
{
	unsigned long long seed;
	int ret = read_number(r, "seed", value, 0, ULONG_MAX, &seed);

	if (!ret)
		r->spec.seed = seed;
	return ret;
}

static int word_min_cost(struct reading *r, char *value)
{
	if (!atls_spec_time(value, strlen(value), &r->spec.min_cost_ns))
		return atls_refuse(r, "min_cost=%s: not a time such as 50us", value);
	return 0;
}

/* The texts of an enumeration, for a refusal. */
static const char *texts_of(const char *enumeration, char *buf, size_t size)
{
	const struct atls_enum_desc *e = atls_enum_find(enumeration);
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < e->nvalues && n < size; i++)
		n += snprintf(buf + n, size - n, "%s%s", i ? ", " : "", e->values[i].text);
	return buf;
}

/* The number that an enumeration gives to text, or -1. */
static int number_of(const char *enumeration, const char *text)
{
	const struct atls_enum_desc *e = atls_enum_find(enumeration);

	for (size_t i = 0; i < e->nvalues; i++)
		if (!strcmp(e->values[i].text, text))
			return e->values[i].number;
	return -1;
}

static int unknown(struct reading *r, const char *what, const char *text, const char *enumeration,
		   const char *more)
{
	char texts[256];

	return atls_refuse(r, "there is no %s '%s'; there are %s%s", what, text,
			   texts_of(enumeration, texts, sizeof(texts)), more);
}

static int word_ops(struct reading *r, char *value)
{
	uint8_t ops = 0;
	char *word;
	int op;

	if (!strcmp(value, "all"))
		ops = 1 << ATLS_CRYPTO_SIGN | 1 << ATLS_CRYPTO_DECRYPT | 1 << ATLS_CRYPTO_DERIVE |
		      1 << ATLS_CRYPTO_KEYGEN;
	else if (strcmp(value, "default"))
		while ((word = strsep(&value, "+"))) {
			op = number_of("crypto", word);
			if (op < 0)
				return unknown(r, "operation", word, "crypto", ", all, default");
			ops |= 1 << op;
		}
	r->spec.ops = ops;
	return 0;
}

static int word_full(struct reading *r, char *value)
{
	if (strcmp(value, "retry") && strcmp(value, "inplace"))
		return atls_refuse(r, "full=%s: not retry or inplace", value);
	r->spec.full = value[0] == 'r' ? ATLS_FULL_RETRY : ATLS_FULL_INPLACE;
	return 0;
}

static int word_keys(struct reading *r, char *value)
{
	if (strcmp(value, "own") && strcmp(value, "all"))
		return atls_refuse(r, "keys=%s: not own or all", value);
	r->spec.keys = value[0] == 'a' ? ATLS_KEYS_ALL : ATLS_KEYS_OWN;
	return 0;
}

static int word_max_inflight(struct reading *r, char *value)
{
	unsigned long long most;
	int ret = read_number(r, "max-inflight", value, 0, MAX_QUEUE, &most);

	if (!ret)
		r->spec.max_inflight = (uint32_t)most;
	return ret;
}

/* "N" or "N-N". */
static int read_cpus(struct reading *r, char *range, uint64_t cpus[])
{
	char *upto = range;
	unsigned long long first, last;
	int ret;

	range = strsep(&upto, "-");
	ret = read_number(r, "cpus", range, 0, ATLS_SPEC_MAX_CPUS - 1, &first);
	last = first;
	if (!ret && upto)
		ret = read_number(r, "cpus", upto, first, ATLS_SPEC_MAX_CPUS - 1, &last);
	for (; !ret && first <= last; first++)
		cpus[first / 64] |= UINT64_C(1) << first % 64;
	return ret;
}

static int word_cpus(struct reading *r, char *value)
{
	uint64_t cpus[ATLS_SPEC_MAX_CPUS / 64] = { 0 };
	char *range;
	int ret = 0;

	if (strcmp(value, "all"))
		while (!ret && (range = strsep(&value, "+")))
			ret = read_cpus(r, range, cpus);
	if (!ret)
		memcpy(r->spec.cpus, cpus, sizeof(cpus));
	return ret;
}

/* The longest key type that text begins with: "rsa-pss" rather than "rsa". Returns its length. */
static size_t match_alg(const char *text, struct atls_latency *l)
{
	const struct atls_enum_desc *algs = atls_enum_find("alg");
	size_t longest = 0;

	for (size_t i = 0; i < algs->nvalues; i++) {
		size_t n = strlen(algs->values[i].text);

		if (n > longest && !strncmp(text, algs->values[i].text, n)) {
			longest = n;
			l->alg = (int16_t)algs->values[i].number;
		}
	}
	if (!longest && !strncmp(text, "any", 3)) {
		longest = 3;
		l->alg = -1;
	}
	if (!longest && text[0] == 'p' && isdigit((unsigned char)text[1])) {
		longest = 1; /* p256 is ec256 */
		l->alg = ATLS_ALG_EC;
	}
	return longest;
}

/* "ALG[BITS][/OPERATION]". */
static int read_target(struct reading *r, char *text, struct atls_latency *l)
{
	char *slash = strchr(text, '/');
	char *end;
	size_t n;

	*l = (struct atls_latency){ .alg = -1, .crypto = -1 };
	if (slash) {
		*slash = '\0';
		l->crypto = (int16_t)number_of("crypto", slash + 1);
		if (l->crypto < 0)
			return unknown(r, "operation", slash + 1, "crypto", "");
	}
	n = match_alg(text, l);
	l->bits = (uint16_t)strtoul(text + n, &end, 10);
	if (!n || *end || (text[n] && !isdigit((unsigned char)text[n])))
		return unknown(r, "key type", text, "alg", ", p256, p384, p521, any");
	return 0;
}

static bool same_target(const struct atls_latency *a, const struct atls_latency *b)
{
	return a->alg == b->alg && a->crypto == b->crypto && a->bits == b->bits;
}

static int word_latency(struct reading *r, char *value)
{
	char *dist = strchr(value, ':');
	struct atls_latency l;
	uint32_t i;
	int ret;

	if (!strcmp(value, "none")) {
		r->spec.nlatencies = 0;
		return 0;
	}
	if (!dist)
		return atls_refuse(r, "latency=%s: not ALG:TIME, such as rsa2048:150us", value);
	*dist++ = '\0';
	ret = read_target(r, value, &l);
	if (!ret)
		ret = atls_spec_read_dist(r, dist, &l.dist);
	if (ret)
		return ret;
	for (i = 0; i < r->spec.nlatencies && !same_target(&r->spec.latency[i], &l); i++)
		;
	if (i == ATLS_SPEC_MAX_LATENCIES)
		return atls_refuse(r, "there are more than %d latencies", ATLS_SPEC_MAX_LATENCIES);
	r->spec.latency[i] = l;
	r->spec.nlatencies += i == r->spec.nlatencies;
	return 0;
}

static int read_rate(struct reading *r, const char *text, struct atls_rate *rate)
{
	const char *end;
	double percent;
	char *rest;

	*rate = (struct atls_rate){ 0 };
	if (!strncmp(text, "1/", 2) && isdigit((unsigned char)text[2])) {
		rate->every = (uint32_t)strtoul(text + 2, &rest, 10);
		if (!*rest && rate->every)
			return 0;
	}
	if (!atls_decimal_parse(text, &percent, &end) || strcmp(end, "%") || percent > 100)
		return atls_refuse(r, "'%s' is not a rate such as 1%% or 1/100", text);
	*rate = (struct atls_rate){ .ppm = (uint32_t)(percent * 10000 + 0.5) };
	return 0;
}

static int word_fault(struct reading *r, char *value)
{
	struct atls_rate rate = { .every = 1 };
	char *name = strsep(&value, ":"), *time;
	int kind = number_of("fault", name), ret = 0;

	if (!strcmp(name, "none")) {
		memset(r->spec.fault, 0, sizeof(r->spec.fault));
		return 0;
	}
	if (kind < 0)
		return unknown(r, "fault", name, "fault", ", none");
	if (kind == ATLS_FAULT_LATE_WAKE) {
		time = strsep(&value, ":");
		if (!time || !atls_spec_time(time, strlen(time), &r->spec.late_ns))
			return atls_refuse(
				r,
				"fault=late-wake needs a time: late-wake:5ms or late-wake:5ms:10%%");
	}
	if (value)
		ret = read_rate(r, value, &rate);
	if (!ret)
		r->spec.fault[kind] = rate;
	return ret;
}

static int read_words(struct reading *r, char *text, const char *separators);

static int read_profile(struct reading *r, char *text)
{
	char *line;
	int ret = 0;

	if (r->profile_line)
		return atls_refuse(r, "a profile cannot name another profile");
	while (!ret && (line = atls_spec_next_line(&text))) {
		r->profile_line++;
		ret = read_words(r, line, ", \t");
	}
	return ret;
}

static int no_profile(struct reading *r, const char *name)
{
	char names[256] = "";
	size_t n = 0;

	for (const struct atls_profile *p = atls_profiles; p->name && n < sizeof(names); p++)
		n += snprintf(names + n, sizeof(names) - n, "%s, ", p->name);
	return atls_refuse(r, "there is no profile '%s'; there are %sand files given with a '/'",
			   name, names);
}

static int word_profile(struct reading *r, char *value)
{
	const struct atls_profile *p = atls_profiles;
	char *text;
	int ret;

	while (p->name && strcmp(p->name, value))
		p++;
	if (!p->name && !strchr(value, '/'))
		return no_profile(r, value);
	text = p->name ? strdup(p->text) : atls_spec_read_file(value);
	if (!text)
		return atls_refuse(r, "cannot read profile '%s': %s", value, strerror(errno));
	ret = read_profile(r, text);
	free(text);
	/* The program may read files that its user may not: what stands in one is not repeated. */
	if (ret && !p->name && r->profile_line)
		atls_refuse(r, "%s:%d: not understood", value, r->profile_line);
	r->profile_line = 0;
	return ret;
}

static const struct {
	const char *name;
	int (*read)(struct reading *r, char *value);
} words[] = {
	{ "workers", word_workers },	       { "queue", word_queue }, { "batch", word_batch },
	{ "min_cost", word_min_cost },	       { "ops", word_ops },	{ "full", word_full },
	{ "latency", word_latency },	       { "fault", word_fault }, { "seed", word_seed },
	{ "profile", word_profile },	       { "keys", word_keys },	{ "cpus", word_cpus },
	{ "max-inflight", word_max_inflight },
};

#define NWORDS (sizeof(words) / sizeof(words[0]))

static int unknown_word(struct reading *r, const char *word)
{
	char names[256];
	size_t n = 0;

	for (size_t i = 0; i < NWORDS; i++)
		n += snprintf(names + n, sizeof(names) - n, "%s%s=", i ? ", " : "", words[i].name);
	return atls_refuse(r, "there is no word '%s'; there are %s", word, names);
}

static int read_word(struct reading *r, char *word)
{
	char *value = strchr(word, '=');

	if (value)
		*value++ = '\0';
	for (size_t i = 0; value && i < NWORDS; i++)
		if (!strcmp(words[i].name, word))
			return words[i].read(r, value);
	return unknown_word(r, word);
}

static int read_words(struct reading *r, char *text, const char *separators)
{
	char *word;
	int ret = 0;

	while (!ret && (word = strsep(&text, separators)))
		if (*word)
			ret = read_word(r, word);
	return ret;
}

int atls_spec_parse(struct atls_spec *spec, const char *text, char *why, size_t size)
{
	struct reading *r = calloc(1, sizeof(*r));
	char *copy = strdup(text);
	int ret = -ENOMEM;

	snprintf(why, size, "out of memory");
	if (r && copy) {
		r->spec = *spec;
		r->why = why;
		r->size = size;
		ret = read_words(r, copy, ",");
	}
	if (!ret)
		*spec = r->spec;
	free(copy);
	free(r);
	return ret;
}

/* How exactly l describes the operation; 0 if it describes another. */
static int exactness(const struct atls_latency *l, int crypto, int alg, int bits)
{
	int exact = 1;

	if (l->alg == alg && alg >= 0)
		exact += 8;
	else if (l->alg == ATLS_ALG_RSA && alg == ATLS_ALG_RSA_PSS)
		exact += 4;
	else if (l->alg >= 0)
		return 0;
	if ((l->bits && l->bits != bits) || (l->crypto >= 0 && l->crypto != crypto))
		return 0;
	return exact + (l->bits ? 2 : 0) + (l->crypto >= 0 ? 1 : 0);
}

const struct atls_dist *atls_spec_latency(const struct atls_spec *spec, int crypto, int alg,
					  int bits)
{
	const struct atls_dist *best = NULL;
	int most = 0;

	for (uint32_t i = 0; i < spec->nlatencies; i++) {
		int exact = exactness(&spec->latency[i], crypto, alg, bits);

		if (exact > most) {
			most = exact;
			best = &spec->latency[i].dist;
		}
	}
	return best;
}
