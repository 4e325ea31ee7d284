/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer harness: any bytes as a trace, through reader, tracker, lint, model and sums. The first
 * byte of the input says what the rest is:
 *
 *   m  a metadata file, which is parsed and then used on a sound stream file
 *   s  a stream file, which is read by sound metadata
 *   t  events as text
 *   e  events, a few bytes each: any bytes are some event, with small ids that meet again
 *
 * The sound files come from the folder that FUZZ_TRACE names.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lint/lint.h"
#include "model/fan.h"
#include "model/tracker.h"
#include "read/ctf/stream.h"
#include "read/reader.h"
#include "sums/aggregate.h"

static char *good[2];
static size_t good_size[2];

static void load(int i, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", getenv("FUZZ_TRACE") ? getenv("FUZZ_TRACE") : ".",
		 name);
	f = fopen(path, "re");
	if (!f)
		abort();
	good[i] = malloc(1 << 20);
	good_size[i] = fread(good[i], 1, 1 << 20, f);
	fclose(f);
}

/* --- an analysis with nobody behind it --------------------------------------- */

static int drop_row(void *ctx, const void *row)
{
	return 0;
}

static int drop_turn(void *ctx, uint32_t utid, int64_t ts, int64_t dur, bool wait)
{
	return 0;
}

static int drop_open(void *ctx, enum atls_level level, int64_t ts, int delta)
{
	return 0;
}

/* Takes all that there is, so that all is made. */
static const struct atls_sink drop = {
	.job = (void *)drop_row,
	.slice = (void *)drop_row,
	.wait = (void *)drop_row,
	.conn = (void *)drop_row,
	.op = (void *)drop_row,
	.process = (void *)drop_row,
	.thread = (void *)drop_row,
	.lost = (void *)drop_row,
	.wctx = (void *)drop_row,
	.wfd = (void *)drop_row,
	.call = (void *)drop_row,
	.tally = (void *)drop_row,
	.pool = (void *)drop_row,
	.turn = drop_turn,
	.string = (void *)drop_row,
	.open = drop_open,
};

struct analysis {
	struct atls_aggregate *sums;
	struct atls_fan fan;
	struct atls_tracker *tracker;
	struct atls_model *model;
	struct atls_lint *lint;
};

static int take_event(void *ctx, const struct atls_event *e)
{
	struct analysis *a = ctx;

	return atls_tracker_event(a->tracker, e);
}

static int take_lost(void *ctx, const struct atls_lost *l)
{
	struct analysis *a = ctx;

	return atls_tracker_lost(a->tracker, l);
}

/*
 * The timeline walks over each job's time, which is slow where jobs last for as long as the trace.
 */
#define TIMELINE_SIZE 512

static struct atls_handler begin(struct analysis *a, size_t size)
{
	static const int64_t utc_offset_ns = 1700000000000000000;
	int64_t limits[ATLS_NLIMITS];

	atls_limit_defaults(limits);
	a->sums = atls_aggregate_create(&utc_offset_ns, size <= TIMELINE_SIZE);
	a->fan = (struct atls_fan){ 0 };
	atls_fan_add(&a->fan, &atls_aggregate_sink, a->sums);
	atls_fan_add(&a->fan, &drop, NULL);
	a->tracker = atls_tracker_create();
	a->model = atls_model_create(a->tracker, &a->fan.sink, &a->fan);
	a->lint = atls_lint_create(a->tracker, limits);
	return (struct atls_handler){ take_event, take_lost, a };
}

static void end(struct analysis *a)
{
	atls_tracker_finish(a->tracker);
	atls_model_finish(a->model);
	atls_lint_destroy(a->lint);
	atls_model_destroy(a->model);
	atls_tracker_destroy(a->tracker);
	atls_aggregate_destroy(a->sums);
}

/* --- input ------------------------------------------------------------------- */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	load(0, "metadata");
	load(1, "c_0");
	return 0;
}

/* A file with these bytes, of which path becomes the name; close what is returned. */
static int make_file(const void *bytes, size_t size, char path[64])
{
	int fd = memfd_create("trace", 0);

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

/* --- CTF -------------------------------------------------------------------- */

static void complain(void *ctx, const char *path, uint64_t offset, const char *why)
{
}

static void read_stream(const struct atls_ctf_plan *plan, const void *bytes, size_t size)
{
	const struct atls_ctf_complaints complaints = { complain, NULL };
	struct analysis a;
	const struct atls_handler to = begin(&a, size);
	struct atls_ctf_stream s;
	char path[64];
	int fd = make_file(bytes, size, path);

	if (!atls_ctf_stream_open(&s, path, plan, &complaints, 0))
		atls_ctf_stream_run(&s, INT64_MAX, &to);
	atls_ctf_stream_finish(&s);
	close(fd);
	end(&a);
}

static void read_ctf(const void *metadata, size_t metadata_size, const void *stream, size_t size)
{
	struct atls_ctf_metadata m = { 0 };
	struct atls_ctf_plan plan = { 0 };
	char why[200];
	int ret = atls_ctf_metadata_parse(&m, metadata, metadata_size, why, sizeof(why));

	if (!ret)
		ret = atls_ctf_plan_make(&plan, &m, "fuzz", why, sizeof(why));
	atls_ctf_metadata_finish(&m);
	if (!ret)
		read_stream(&plan, stream, size);
	atls_ctf_plan_finish(&plan);
}

/* --- text ------------------------------------------------------------------- */

static void read_text(const void *bytes, size_t size)
{
	struct analysis a;
	const struct atls_handler to = begin(&a, size);
	struct atls_reader *r;
	char path[64];
	int fd = make_file(bytes, size, path);

	if (!atls_reader_text_create(path, &r)) {
		atls_reader_run(r, &to);
		atls_reader_destroy(r);
	}
	close(fd);
	end(&a);
}

/* --- events ----------------------------------------------------------------- */

struct bytes {
	const uint8_t *at;
	size_t left;
};

static unsigned next(struct bytes *b)
{
	if (!b->left)
		return 0;
	b->left--;
	return *b->at++;
}

/* Mostly small, so that the same ids come again; at times as large, or as small, as can be. */
static int64_t value(struct bytes *b)
{
	unsigned byte = next(b);

	if (byte < 0xf0)
		return byte & 0x1f;
	return byte & 1 ? -1 : (int64_t)1 << (byte >> 1 & 7) * 8;
}

/* Up to 15 s in steps of six sizes; at times nothing, or backwards. */
static int64_t step(struct bytes *b)
{
	static const int64_t sizes[] = { 0, 1, 1000, 100000, 10000000, 1000000000, 0, -1000 };
	unsigned byte = next(b);

	return sizes[byte >> 5] * (byte & 0xf);
}

static struct atls_event make_event(struct bytes *b, int64_t ts, unsigned id)
{
	const struct atls_event_desc *d = atls_event_describe((int)id);
	unsigned who = next(b), pid = 10 + (who & 3) * 10;
	struct atls_event e = { .ts = ts, .pid = pid, .tid = pid + (who >> 2 & 3), .id = id };

	for (size_t i = 0; i < d->nfields; i++) {
		int64_t number = d->fields[i].kind == ATLS_FIELD_TEXT ? 'a' : value(b);

		memcpy(atls_event_field(&e, &d->fields[i]), &number,
		       d->fields[i].size < 8 ? d->fields[i].size : 8);
	}
	return e;
}

static void play_events(struct bytes b)
{
	struct analysis a;
	const struct atls_handler to = begin(&a, b.left);
	int64_t ts = 1000;

	while (b.left) {
		unsigned id = next(&b) % (ATLS_EV_COUNT + 1);
		struct atls_event e;

		ts += step(&b);
		if (id == ATLS_EV_COUNT) {
			to.lost(to.ctx, &(struct atls_lost){ ts, next(&b), next(&b), 0 });
			continue;
		}
		e = make_event(&b, ts, id);
		to.event(to.ctx, &e);
	}
	end(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return -1;
	switch (*data++) {
	case 'm':
		read_ctf(data, size - 1, good[1], good_size[1]);
		return 0;
	case 's':
		read_ctf(good[0], good_size[0], data, size - 1);
		return 0;
	case 't':
		read_text(data, size - 1);
		return 0;
	case 'e':
		play_events((struct bytes){ data, size - 1 });
		return 0;
	}
	return -1;
}
