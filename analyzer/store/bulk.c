/* SPDX-License-Identifier: Apache-2.0 */
/* The large tables of a database while it is made. */
#include "store/bulk.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/queue.h"
#include "store/btree.h"
#include "store/sorter.h"

#define WINDOW 16384 /* ids */
#define BUFFER 16384 /* numbers on their way to the writer */
#define KEEP 64	     /* rows of a job whose memory the next job in its place may have */

/* Rows of one table, one after the other. */
struct rows {
	int64_t *values;
	unsigned used, room; /* numbers */
};

/* One id of a window: the row itself, and of a job the rows that belong to it. */
struct slot {
	struct rows own, slices, waits;
};

struct window {
	struct slot slots[WINDOW];
	int64_t next; /* id that is written next; the window is [next, next + WINDOW) */
	int64_t last; /* the highest that has come */
	unsigned table;
};

struct atls_bulk {
	struct atls_queue queue;
	pthread_t writer;
	bool has_writer;
	int64_t *
		filling; /* a buffer of the queue: for each row, table and number of columns, then the values */
	unsigned filled; /* numbers in it */
	char *path;
	struct atls_pages pages;
	struct atls_tree trees[ATLS_LARGE_TABLES];
	unsigned columns[ATLS_LARGE_TABLES];
	struct window windows[ATLS_LARGE_TABLES]; /* slices and waits are in that of the jobs */
	uint32_t index_roots[ATLS_INDICES];
	struct atls_sorter sorters[ATLS_INDICES];
	FILE *spill;
	int error;
};

/* ---- spilling ------------------------------------------------------------------------------- */

static int spill(struct atls_bulk *b, int which, const int64_t *values, unsigned n)
{
	const int64_t head[2] = { which, n };

	if (!b->spill)
		b->spill = tmpfile();
	if (!b->spill || fwrite(head, sizeof(head), 1, b->spill) != 1 ||
	    fwrite(values, sizeof(*values), n, b->spill) != n)
		return errno ? -errno : -EIO;
	return 0;
}

int atls_bulk_spilt(struct atls_bulk *b,
		    int (*put)(void *ctx, int which, const int64_t *values, unsigned n), void *ctx)
{
	int64_t head[2], values[ATLS_MAX_COLUMNS];
	int ret = 0;

	if (!b->spill)
		return 0;
	rewind(b->spill);
	while (!ret && fread(head, sizeof(head), 1, b->spill) == 1) {
		if (fread(values, sizeof(*values), (size_t)head[1], b->spill) != (size_t)head[1])
			return -EIO;
		ret = put(ctx, (int)head[0], values, (unsigned)head[1]);
	}
	return ferror(b->spill) ? -EIO : ret;
}

/* ---- windows -------------------------------------------------------------------------------- */

static int append(struct rows *r, const int64_t *values, unsigned n)
{
	if (r->used + n > r->room) {
		unsigned room = r->room ? r->room * 2 : n;
		int64_t *bigger = realloc(r->values, room * sizeof(*values));

		if (!bigger)
			return -ENOMEM;
		r->values = bigger;
		r->room = room;
	}
	memcpy(r->values + r->used, values, n * sizeof(*values));
	r->used += n;
	return 0;
}

static int note_keys(struct atls_bulk *b, unsigned table, int64_t id, const int64_t *values)
{
	int ret = 0;

	for (int i = 0; i < ATLS_INDICES && !ret; i++)
		if (atls_indices[i].table == table && atls_indices[i].column < b->columns[table])
			ret = atls_sorter_add(&b->sorters[i], values[atls_indices[i].column], id);
	return ret;
}

static int put_pair(void *tree, const struct atls_pair *p)
{
	const int64_t values[] = { p->key, p->id };

	return atls_tree_add(tree, 0, values, 2);
}

static int write_index(struct atls_bulk *b, int which)
{
	struct atls_tree tree;
	int ret = atls_tree_begin(&tree, &b->pages, b->index_roots[which], true);

	if (!ret)
		ret = atls_sorter_end(&b->sorters[which], put_pair, &tree);
	if (!ret)
		ret = atls_tree_end(&tree);
	atls_tree_free(&tree);
	atls_sorter_finish(&b->sorters[which]);
	return ret;
}

static int write_rows(struct atls_bulk *b, unsigned table, struct rows *r)
{
	unsigned n = b->columns[table];
	int ret = 0;

	for (unsigned i = 0; i < r->used && !ret; i += n) {
		int64_t id = r->values[i];

		if (!b->trees[table].is_index)
			r->values[i] = INT64_MIN; /* the rowid stands for it */
		ret = atls_tree_add(&b->trees[table], id, r->values + i, n);
		if (!ret && !b->trees[table].is_index)
			ret = note_keys(b, table, id, r->values + i);
	}
	r->used = 0;
	if (r->room > KEEP * n) {
		free(r->values);
		*r = (struct rows){ 0 };
	}
	return ret;
}

static int move_on(struct atls_bulk *b, struct window *w)
{
	struct slot *s = &w->slots[w->next++ % WINDOW];
	int ret = 0;

	if (s->own.used)
		ret = write_rows(b, w->table, &s->own);
	if (!ret && s->slices.used)
		ret = write_rows(b, ATLS_TABLE_slice, &s->slices);
	if (!ret && s->waits.used)
		ret = write_rows(b, ATLS_TABLE_wait, &s->waits);
	return ret;
}

static struct rows *rows_of(struct slot *s, int which)
{
	if (which == ATLS_TABLE_slice)
		return &s->slices;
	return which == ATLS_TABLE_wait ? &s->waits : &s->own;
}

static int add(struct atls_bulk *b, int which, const int64_t *values, unsigned n)
{
	bool of_job = which == ATLS_TABLE_slice || which == ATLS_TABLE_wait;
	struct window *w = &b->windows[of_job ? ATLS_TABLE_job : which % ATLS_LARGE_TABLES];
	int64_t id = values[0];
	int ret = 0;

	if (which >= ATLS_LARGE_TABLES || id < w->next)
		return spill(b, which, values, n);
	b->columns[which] = n;
	while (!ret && id >= w->next + WINDOW)
		ret = move_on(b, w);
	if (id > w->last)
		w->last = id;
	return ret ? ret : append(rows_of(&w->slots[id % WINDOW], which), values, n);
}

/* ---- the writer ----------------------------------------------------------------------------- */

/* A thread: takes rows off the queue. The last one of a buffer has no columns. */
static void *write_all(void *ctx)
{
	struct atls_bulk *b = ctx;
	const int64_t *row;

	while (!b->error && (row = atls_queue_peek(&b->queue))) {
		for (; row[1] && !b->error; row += 2 + row[1])
			b->error = add(b, (int)row[0], row + 2, (unsigned)row[1]);
		atls_queue_pop(&b->queue);
	}
	atls_queue_cancel(&b->queue);
	return NULL;
}

static void push(struct atls_bulk *b)
{
	if (!b->filling)
		return;
	b->filling[b->filled] = b->filling[b->filled + 1] = 0;
	atls_queue_push(&b->queue);
	b->filling = NULL;
}

int atls_bulk_add(struct atls_bulk *b, int which, const int64_t *values, unsigned n)
{
	if (!b->has_writer)
		return add(b, which, values, n);
	if (b->filled + n + 4 > BUFFER)
		push(b);
	if (!b->filling) {
		b->filling = atls_queue_fill(&b->queue);
		b->filled = 0;
	}
	if (!b->filling)
		return b->error ? b->error : -ECANCELED;
	b->filling[b->filled] = which;
	b->filling[b->filled + 1] = n;
	memcpy(b->filling + b->filled + 2, values, n * sizeof(*values));
	b->filled += n + 2;
	return 0;
}

/* Signals are for the thread that adds the rows. Without a thread that one writes them, too. */
static int start_writer(struct atls_bulk *b)
{
	sigset_t all, before;
	int ret = atls_queue_init(&b->queue, BUFFER * sizeof(int64_t));

	if (ret)
		return ret;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	b->has_writer = !pthread_create(&b->writer, NULL, write_all, b);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!b->has_writer)
		atls_queue_finish(&b->queue);
	return 0;
}

static int stop_writer(struct atls_bulk *b)
{
	if (!b->has_writer)
		return 0;
	push(b);
	atls_queue_close(&b->queue);
	pthread_join(b->writer, NULL);
	atls_queue_finish(&b->queue);
	b->has_writer = false;
	return b->error;
}

/* ---- begin and end -------------------------------------------------------------------------- */

struct atls_bulk *atls_bulk_create(const char *path,
				   const uint32_t roots[ATLS_LARGE_TABLES + ATLS_INDICES])
{
	struct atls_bulk *b = calloc(1, sizeof(*b));
	int ret = -ENOMEM;

	if (!b)
		return NULL;
	b->pages.fd = -1;
	for (unsigned i = 0; i < ATLS_LARGE_TABLES; i++) {
		b->windows[i].table = i;
		b->windows[i].next = 1;
	}
	memcpy(b->index_roots, roots + ATLS_LARGE_TABLES, sizeof(b->index_roots));
	b->path = strdup(path);
	if (b->path)
		ret = atls_pages_open(&b->pages, path);
	for (int i = 0; i < ATLS_LARGE_TABLES && !ret; i++)
		ret = atls_tree_begin(&b->trees[i], &b->pages, roots[i],
				      i == ATLS_TABLE_slice || i == ATLS_TABLE_wait);
	if (!ret)
		ret = start_writer(b);
	if (!ret)
		return b;
	atls_error("%s: %s", path, strerror(-ret));
	atls_bulk_destroy(b);
	return NULL;
}

static int empty(struct atls_bulk *b, struct window *w)
{
	int ret = 0;

	while (!ret && w->next <= w->last)
		ret = move_on(b, w);
	return ret;
}

int atls_bulk_end(struct atls_bulk *b)
{
	int ret = stop_writer(b), closed;

	for (int i = 0; i < ATLS_LARGE_TABLES && !ret; i++)
		ret = empty(b, &b->windows[i]);
	for (int i = 0; i < ATLS_LARGE_TABLES && !ret; i++)
		ret = atls_tree_end(&b->trees[i]);
	for (int i = 0; i < ATLS_INDICES && !ret; i++)
		ret = write_index(b, i);
	closed = atls_pages_close(&b->pages, b->path);
	return ret ? ret : closed;
}

static void free_window(struct window *w)
{
	for (int i = 0; i < WINDOW; i++) {
		free(w->slots[i].own.values);
		free(w->slots[i].slices.values);
		free(w->slots[i].waits.values);
	}
}

void atls_bulk_destroy(struct atls_bulk *b)
{
	if (!b)
		return;
	stop_writer(b);
	for (int i = 0; i < ATLS_LARGE_TABLES; i++)
		atls_tree_free(&b->trees[i]);
	if (b->pages.fd >= 0)
		atls_pages_close(&b->pages, b->path);
	if (b->spill)
		fclose(b->spill);
	for (int i = 0; i < ATLS_LARGE_TABLES; i++)
		free_window(&b->windows[i]);
	for (int i = 0; i < ATLS_INDICES; i++)
		atls_sorter_finish(&b->sorters[i]);
	free(b->path);
	free(b);
}
