/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dump-events [fast|reference] FOLDER: the events and losses of a trace as text, one a line, as the
 * given reader gives them. What has the same time is in alphabetical order, so that two readers can
 * be compared with each other. Says on stderr what the reader says of damage.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read/reader.h"

/* The lines of one time. */
static struct {
	int64_t ts;
	char **lines;
	size_t n, room;
} held;

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void let_go(void)
{
	qsort(held.lines, held.n, sizeof(*held.lines), compare);
	for (size_t i = 0; i < held.n; i++) {
		puts(held.lines[i]);
		free(held.lines[i]);
	}
	held.n = 0;
}

static void hold(int64_t ts, const char *line)
{
	if (ts != held.ts)
		let_go();
	held.ts = ts;
	if (held.n == held.room) {
		held.room = held.room ? held.room * 2 : 16;
		held.lines = realloc(held.lines, held.room * sizeof(*held.lines));
		if (!held.lines)
			abort();
	}
	held.lines[held.n++] = strdup(line);
}

static int put_field(char *to, size_t size, struct atls_event *e, const struct atls_field_desc *f)
{
	const char *at = atls_event_field(e, f);
	uint64_t value = 0;

	if (f->kind == ATLS_FIELD_TEXT)
		return snprintf(to, size, " %s=%.*s", f->name, f->size, at);
	memcpy(&value, at, f->size);
	return snprintf(to, size, " %s=%" PRIx64, f->name, value);
}

static int take_event(void *ctx, const struct atls_event *event)
{
	struct atls_event e = *event;
	const struct atls_event_desc *d = atls_event_describe(e.id);
	char line[1024];
	int n = snprintf(line, sizeof(line), "%" PRId64 " %" PRIu32 " %" PRIu32 " %s", e.ts, e.pid,
			 e.tid, d->name);

	for (size_t i = 0; i < d->nfields; i++)
		n += put_field(line + n, sizeof(line) - (size_t)n, &e, &d->fields[i]);
	hold(e.ts, line);
	return 0;
}

static int take_lost(void *ctx, const struct atls_lost *l)
{
	char line[128];

	snprintf(line, sizeof(line), "%" PRId64 " lost %" PRId64 " %" PRId64 " %" PRId64, l->ts,
		 l->dur, l->events, l->packets);
	hold(l->ts, line);
	return 0;
}

int main(int argc, char **argv)
{
	const struct atls_handler to = { take_event, take_lost, NULL };
	struct atls_reader *r;
	int ret;

	if (argc != 3)
		return 2;
	if (!strcmp(argv[1], "fast"))
		ret = atls_reader_fast_create(argv[2], &r);
	else
		ret = atls_reader_bt2_create(argv[2], &r);
	if (ret == -ENOTSUP)
		fputs("the fast reader does not understand the layout\n", stderr);
	if (ret)
		return 3;
	ret = atls_reader_run(r, &to);
	let_go();
	free(held.lines);
	if (r->damaged)
		fprintf(stderr, "%s\n", r->damage);
	atls_reader_destroy(r);
	return ret ? 1 : 0;
}
