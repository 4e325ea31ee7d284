/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fast reader: traces of LTTng-UST, decoded straight from their packets.
 *
 *   folder with metadata --> plan
 *       stream file --> packets --> events \
 *       stream file --> packets --> events  > merged by time --> handler
 *       ...                                /
 *
 * Where times are equal, the order is that of the folders' names, then of the files'. If any trace
 * has a layout that the plan does not understand, there is no fast reader for the whole input.
 */
#include "read/reader.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/codes.h"
#include "base/log.h"
#include "read/ctf/check.h"
#include "read/ctf/stream.h"

struct trace {
	struct atls_ctf_plan plan;
	int64_t shift;
};

struct fast_reader {
	struct atls_reader base;
	struct atls_ctf_complaints complaints;
	unsigned ncomplaints;
	struct trace **traces;
	size_t ntraces;
	struct atls_ctf_stream **streams; /* in order */
	size_t nstreams;
	struct atls_ctf_stream **heap; /* those that are not at their end; the next is the first */
	size_t used;
	uint64_t index_packets;
};

/* Keep the first damage. */
static void note_damage(struct fast_reader *r, const char *where, const char *why)
{
	if (!r->base.damaged)
		snprintf(r->base.damage, sizeof(r->base.damage), "%.190s: %.160s", where, why);
	r->base.damaged = true;
	r->ncomplaints++;
}

static void take_complaint(void *ctx, const char *path, uint64_t offset, const char *why)
{
	char where[240];

	snprintf(where, sizeof(where), "%.200s: byte %llu", path, (unsigned long long)offset);
	note_damage(ctx, where, why);
}

/* ---- finding traces ------------------------------------------------------------------------- */

/* One more pointer at the end of a list. */
static int append(void *list, size_t *n, void *one)
{
	void ***array = list;
	void **bigger = realloc(*array, (*n + 1) * sizeof(*bigger));

	if (!bigger)
		return -ENOMEM;
	*array = bigger;
	bigger[(*n)++] = one;
	return 0;
}

static int add_stream(struct fast_reader *r, struct trace *t, const char *path)
{
	struct atls_ctf_stream *s = calloc(1, sizeof(*s));
	int ret = s ? append(&r->streams, &r->nstreams, s) : -ENOMEM;

	if (ret) {
		free(s);
		return ret;
	}
	ret = atls_ctf_stream_open(s, path, &t->plan, &r->complaints, t->shift);
	r->base.total += s->size;
	return ret == -ENOMEM ? ret : 0;
}

/* Clocks of other hosts differ; all times are converted to the first trace's clock. */
static void take_facts(struct fast_reader *r, struct trace *t, const struct atls_ctf_metadata *m)
{
	if (!*r->base.host)
		snprintf(r->base.host, sizeof(r->base.host), "%s", m->host);
	if (r->base.utc_offset_ns == ATLS_NULL)
		r->base.utc_offset_ns = m->utc_offset_ns;
	if (strcmp(r->base.host, m->host))
		t->shift = m->utc_offset_ns - r->base.utc_offset_ns;
}

/* 1 if the trace can be read, 0 if it is damaged (noted), or -errno. */
static int plan_trace(struct fast_reader *r, struct trace *t, const char *folder)
{
	struct atls_ctf_metadata m = { 0 };
	char why[200] = "";
	int ret = atls_ctf_metadata_read(&m, folder, why, sizeof(why));

	if (!ret)
		ret = atls_ctf_plan_make(&t->plan, &m, folder, why, sizeof(why));
	if (!ret)
		take_facts(r, t, &m);
	atls_ctf_metadata_finish(&m);
	if (ret == -EINVAL)
		note_damage(r, folder, why);
	if (ret == -ENOTSUP && getenv("ASYNCTLS_VERBOSE"))
		atls_info("%s: %s; the reference reader takes over", folder, why);
	return ret == -EINVAL ? 0 : ret ? ret : 1;
}

static int add_streams(struct fast_reader *r, struct trace *t, const char *folder,
		       struct dirent **entries, int n)
{
	char path[PATH_MAX], why[128];
	struct stat st;
	int ret = 0;

	for (int i = 0; i < n && !ret; i++) {
		const char *name = entries[i]->d_name;

		if (name[0] == '.' || !strcmp(name, "metadata") ||
		    snprintf(path, sizeof(path), "%s/%s", folder, name) >= PATH_MAX ||
		    lstat(path, &st) || !S_ISREG(st.st_mode))
			continue;
		if (!atls_ctf_stream_whole(folder, name, &r->index_packets, why, sizeof(why)))
			note_damage(r, folder, why);
		ret = add_stream(r, t, path);
	}
	return ret;
}

static int add_trace(struct fast_reader *r, const char *folder, struct dirent **entries, int n)
{
	struct trace *t = calloc(1, sizeof(*t));
	int ret = t ? append(&r->traces, &r->ntraces, t) : -ENOMEM;

	if (ret) {
		free(t);
		return ret;
	}
	ret = plan_trace(r, t, folder);
	return ret > 0 ? add_streams(r, t, folder, entries, n) : ret;
}

static int scan(struct fast_reader *r, const char *folder, unsigned depth)
{
	struct dirent **entries = NULL;
	char path[PATH_MAX];
	struct stat st;
	bool is_trace = false;
	int n = scandir(folder, &entries, NULL, alphasort), ret = 0;

	if (n < 0) {
		int err = errno;

		atls_error("%s: %s", folder, strerror(err));
		return -err;
	}
	for (int i = 0; i < n && !ret; i++) {
		const char *name = entries[i]->d_name;

		is_trace |= !strcmp(name, "metadata");
		if (name[0] != '.' && strcmp(name, "index") && depth < 32 &&
		    snprintf(path, sizeof(path), "%s/%s", folder, name) < PATH_MAX &&
		    !lstat(path, &st) && S_ISDIR(st.st_mode))
			ret = scan(r, path, depth + 1);
	}
	if (!ret && is_trace)
		ret = add_trace(r, folder, entries, n);
	for (int i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
	return ret;
}

/* ---- merging -------------------------------------------------------------------------------- */

static bool before(const struct atls_ctf_stream *a, const struct atls_ctf_stream *b)
{
	return a->ts != b->ts ? a->ts < b->ts : a->order < b->order;
}

static void sink_down(struct fast_reader *r, size_t i)
{
	struct atls_ctf_stream **h = r->heap, *s = h[i];

	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < r->used && before(h[child + 1], h[child]))
			child++;
		if (child >= r->used || !before(h[child], s))
			break;
		h[i] = h[child];
		i = child;
	}
	h[i] = s;
}

static void fill_heap(struct fast_reader *r)
{
	for (size_t i = 0; i < r->nstreams; i++) {
		r->streams[i]->order = (unsigned)i;
		if (r->streams[i]->next != ATLS_CTF_NEXT_END)
			r->heap[r->used++] = r->streams[i];
	}
	for (size_t i = r->used / 2; i-- > 0;)
		sink_down(r, i);
}

/* Until when the first may go on before another one's turn comes. */
static int64_t turn_end(const struct fast_reader *r)
{
	const struct atls_ctf_stream *next;

	if (r->used == 1)
		return INT64_MAX;
	next = r->heap[1];
	if (r->used > 2 && before(r->heap[2], next))
		next = r->heap[2];
	return r->heap[0]->order < next->order ? next->ts : next->ts - 1;
}

static int run(struct atls_reader *base, const struct atls_handler *to)
{
	struct fast_reader *r = (struct fast_reader *)base;
	int ret = 0;

	r->heap = calloc(r->nstreams + 1, sizeof(*r->heap));
	if (!r->heap)
		return -ENOMEM;
	fill_heap(r);
	while (!ret && r->used) {
		struct atls_ctf_stream *s = r->heap[0];
		uint64_t read = s->read;

		ret = atls_ctf_stream_run(s, turn_end(r), to);
		r->base.done += s->read - read;
		if (s->next == ATLS_CTF_NEXT_END)
			r->heap[0] = r->heap[--r->used];
		if (r->used)
			sink_down(r, 0);
	}
	if (r->ncomplaints > 1) {
		size_t n = strlen(base->damage);

		snprintf(base->damage + n, sizeof(base->damage) - n, " (and %u more places)",
			 r->ncomplaints - 1);
	}
	return ret;
}

/* ---- the reader ----------------------------------------------------------------------------- */

static void destroy(struct atls_reader *base)
{
	struct fast_reader *r = (struct fast_reader *)base;

	for (size_t i = 0; i < r->nstreams; i++) {
		atls_ctf_stream_finish(r->streams[i]);
		free(r->streams[i]);
	}
	for (size_t i = 0; i < r->ntraces; i++) {
		atls_ctf_plan_finish(&r->traces[i]->plan);
		free(r->traces[i]);
	}
	free(r->streams);
	free(r->traces);
	free(r->heap);
	free(r);
}

static const struct atls_reader_ops ops = { run, destroy };

int atls_reader_fast_create(const char *path, struct atls_reader **out)
{
	struct fast_reader *r = calloc(1, sizeof(*r));
	int ret;

	if (!r)
		return -ENOMEM;
	r->base.ops = &ops;
	r->base.utc_offset_ns = ATLS_NULL;
	r->complaints = (struct atls_ctf_complaints){ take_complaint, r };
	ret = scan(r, path, 0);
	if (!ret && !r->ntraces) {
		atls_error("%s: no CTF trace here: nothing was recorded, or elsewhere", path);
		ret = -EINVAL;
	} else if (!ret && !r->nstreams && r->base.damaged) {
		atls_error("%s", r->base.damage);
		ret = -EINVAL;
	}
	if (ret)
		destroy(&r->base);
	else
		*out = &r->base;
	return ret;
}
