/* SPDX-License-Identifier: Apache-2.0 */
/* Sorts the pairs of an index: radix sort of runs, then a merge of those. */
#include "store/sorter.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define RUN (1u << 18)	/* pairs */
#define FIRST (1u << 8) /* room at the beginning */
#define AHEAD 1024	/* pairs of each run that the merge has in memory */

/* ---- one run -------------------------------------------------------------------------------- */

static uint64_t order(const struct atls_pair *p)
{
	return (uint64_t)p->key ^ 1ull << 63;
}

static bool is_sorted(const struct atls_pair *run, unsigned n)
{
	for (unsigned i = 1; i < n; i++)
		if (run[i].key < run[i - 1].key)
			return false;
	return true;
}

/*
 * Deal the pairs out by one byte of the key, which keeps their order. Returns false if there is but
 * one value.
 */
static bool deal(const struct atls_pair *from, struct atls_pair *to, unsigned n, unsigned shift)
{
	unsigned at[256] = { 0 }, sum = 0;

	for (unsigned i = 0; i < n; i++)
		at[order(&from[i]) >> shift & 0xff]++;
	if (at[order(from) >> shift & 0xff] == n)
		return false;
	for (unsigned i = 0; i < 256; i++) {
		unsigned count = at[i];

		at[i] = sum;
		sum += count;
	}
	for (unsigned i = 0; i < n; i++)
		to[at[order(&from[i]) >> shift & 0xff]++] = from[i];
	return true;
}

static int sort(struct atls_sorter *s)
{
	struct atls_pair *from = s->run, *to;

	if (is_sorted(s->run, s->used))
		return 0;
	to = malloc(s->room * sizeof(*to));
	if (!to)
		return -ENOMEM;
	for (unsigned shift = 0; shift < 64; shift += 8)
		if (deal(from, to, s->used, shift)) {
			struct atls_pair *dealt = to;

			to = from;
			from = dealt;
		}
	s->run = from;
	free(to);
	return 0;
}

/* ---- runs ----------------------------------------------------------------------------------- */

static int spill(struct atls_sorter *s)
{
	int ret = sort(s);

	if (ret)
		return ret;
	if (!s->file)
		s->file = tmpfile();
	if (!s->file || fwrite(s->run, sizeof(*s->run), s->used, s->file) != s->used)
		return errno ? -errno : -EIO;
	s->runs++;
	s->used = 0;
	return 0;
}

static int make_room(struct atls_sorter *s)
{
	unsigned room = s->room ? s->room * 2 : FIRST;
	struct atls_pair *bigger;

	if (s->room == RUN)
		return spill(s);
	bigger = realloc(s->run, room * sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	s->run = bigger;
	s->room = room;
	return 0;
}

int atls_sorter_add(struct atls_sorter *s, int64_t key, int64_t id)
{
	int ret = s->used == s->room ? make_room(s) : 0;

	if (!ret)
		s->run[s->used++] = (struct atls_pair){ key, id };
	return ret;
}

/* ---- merging -------------------------------------------------------------------------------- */

/* What is left of a run: pairs in memory, and behind them those in the file. */
struct source {
	struct atls_pair *pairs;
	unsigned at, n;
	unsigned unread;
	long offset;
};

static int refill(struct atls_sorter *s, struct source *from)
{
	unsigned n = from->unread < AHEAD ? from->unread : AHEAD;

	from->at = 0;
	from->n = n;
	if (!n)
		return 0;
	if (fseek(s->file, from->offset, SEEK_SET) ||
	    fread(from->pairs, sizeof(*from->pairs), n, s->file) != n)
		return -EIO;
	from->unread -= n;
	from->offset += (long)(n * sizeof(*from->pairs));
	return 0;
}

/* The source with the least pair; of equal ones the first, as ids ascend. NULL: all are empty. */
static struct source *least(struct source *list, unsigned n)
{
	struct source *found = NULL;

	for (unsigned i = 0; i < n; i++)
		if (list[i].at < list[i].n &&
		    (!found || list[i].pairs[list[i].at].key < found->pairs[found->at].key))
			found = &list[i];
	return found;
}

static int merge(struct atls_sorter *s, struct source *list,
		 int (*put)(void *ctx, const struct atls_pair *pair), void *ctx)
{
	struct source *next;
	int ret = 0;

	for (unsigned i = 0; i < s->runs && !ret; i++) {
		list[i].unread = RUN;
		list[i].offset = (long)(i * RUN * sizeof(*s->run));
		list[i].pairs = malloc(AHEAD * sizeof(*s->run));
		ret = list[i].pairs ? refill(s, &list[i]) : -ENOMEM;
	}
	list[s->runs] = (struct source){ .pairs = s->run, .n = s->used };
	while (!ret && (next = least(list, s->runs + 1))) {
		ret = put(ctx, &next->pairs[next->at++]);
		if (!ret && next->at == next->n)
			ret = refill(s, next);
	}
	for (unsigned i = 0; i < s->runs; i++)
		free(list[i].pairs);
	return ret;
}

int atls_sorter_end(struct atls_sorter *s, int (*put)(void *ctx, const struct atls_pair *pair),
		    void *ctx)
{
	struct source *list;
	int ret = sort(s);

	if (ret)
		return ret;
	list = calloc(s->runs + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	ret = merge(s, list, put, ctx);
	free(list);
	return ret;
}

void atls_sorter_finish(struct atls_sorter *s)
{
	free(s->run);
	if (s->file)
		fclose(s->file);
	*s = (struct atls_sorter){ 0 };
}
