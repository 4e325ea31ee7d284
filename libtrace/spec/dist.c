/* SPDX-License-Identifier: Apache-2.0 */
/* Reads times, and how they are distributed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "spec/spec-private.h"

#define MAX_BUCKETS 4096
#define MAX_TIME_NS INT64_C(3600000000000)

bool atls_spec_time(const char *text, size_t length, uint64_t *ns)
{
	int64_t value;

	if (!atls_duration_parse_n(text, length, &value) || value > MAX_TIME_NS)
		return false;
	*ns = value;
	return true;
}

/* "A<mark>B", both times. */
static bool two_times(const char *text, const char *mark, uint64_t *a, uint64_t *b)
{
	const char *at = strstr(text, mark);

	return at && atls_spec_time(text, at - text, a) &&
	       atls_spec_time(at + strlen(mark), strlen(at) - strlen(mark), b);
}

/* "TIME COUNT" or "TIME..TIME COUNT" as the next bucket. */
static bool read_bucket(char *line, struct atls_histogram *h)
{
	struct atls_bucket *b = &h->bucket[h->n];
	unsigned long count;
	char range[64];

	if (h->n == MAX_BUCKETS || sscanf(line, "%63s %lu", range, &count) != 2)
		return false;
	if (!two_times(range, "..", &b->low_ns, &b->high_ns)) {
		if (!atls_spec_time(range, strlen(range), &b->low_ns))
			return false;
		b->high_ns = b->low_ns;
	}
	b->upto = (h->n ? b[-1].upto : 0) + count;
	h->n++;
	return b->low_ns <= b->high_ns;
}

static int read_histogram(struct reading *r, const char *path, struct atls_dist *dist)
{
	char *text = atls_spec_read_file(path), *rest = text, *line;
	struct atls_histogram *h = calloc(1, sizeof(*h) + MAX_BUCKETS * sizeof(h->bucket[0]));
	int number = 0, ret = 0;

	if (!text || !h)
		ret = atls_refuse(r, "cannot read histogram '%s': %s", path, strerror(errno));
	while (!ret && (line = atls_spec_next_line(&rest))) {
		number++;
		if (line[strspn(line, " \t")] && !read_bucket(line, h))
			ret = atls_refuse(r, "%s:%d: not 'TIME COUNT' or 'TIME..TIME COUNT'", path,
					  number);
	}
	if (!ret && (!h->n || !h->bucket[h->n - 1].upto))
		ret = atls_refuse(r, "%s: an empty histogram", path);
	free(text);
	if (ret)
		free(h);
	else
		*dist = (struct atls_dist){ .shape = ATLS_SHAPE_HISTOGRAM, .histogram = h };
	return ret;
}

int atls_spec_read_dist(struct reading *r, const char *text, struct atls_dist *dist)
{
	struct atls_dist d = { 0 };

	if (*text == '@')
		return read_histogram(r, text + 1, dist);
	if (two_times(text, "..", &d.a_ns, &d.b_ns) && d.a_ns <= d.b_ns)
		d.shape = ATLS_SHAPE_UNIFORM;
	else if (two_times(text, "~", &d.a_ns, &d.b_ns) && d.a_ns)
		d.shape = ATLS_SHAPE_LOGNORMAL;
	else if (atls_spec_time(text, strlen(text), &d.a_ns))
		d.shape = ATLS_SHAPE_FIXED;
	else
		return atls_refuse(
			r,
			"'%s' is not a time of at most 1h: 150us, 100us..200us, 150us~20us or @FILE",
			text);
	*dist = d;
	return 0;
}
