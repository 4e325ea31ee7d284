/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the large tables past SQLite: rows come in any order, and are written in the order of
 * their ids, see btree.h.
 *
 *   rows --> window of the latest ids --> trees
 *                 \
 *                  ids that the window has passed --> spill (a file without a name) --> INSERT
 *
 * Indices are written when all that the window took is in the tables; INSERT looks after them
 * itself.
 *
 * The window bounds the memory. Of a job that is open while the window moves past it, only the last
 * rows are spilt.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/sqlite.h"
#include "store/btree.h"
#include "store/draft.h"
#include "store/inserts.h"
#include "store/sorter.h"
#include "store/writer.h"

#define WINDOW 16384 /* ids */
#define KEEP 64	     /* rows of a job whose memory the next job in its place may have */

_Static_assert(1 + 9 * ATLS_MAX_COLUMNS <= ATLS_CELL_MAX, "any row fits into a cell");

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

struct bulk {
	char *path;
	struct atls_pages pages;
	struct atls_tree trees[ATLS_LARGE_TABLES];
	unsigned columns[ATLS_LARGE_TABLES];
	struct window windows[ATLS_LARGE_TABLES]; /* slices and waits are in that of the jobs */
	uint32_t index_roots[ATLS_INDICES];
	struct atls_sorter sorters[ATLS_INDICES];
	FILE *spill;
};

/* ---- spilling ------------------------------------------------------------------------------- */

static int spill(struct bulk *b, int which, const int64_t *values, unsigned n)
{
	const int64_t head[2] = { which, n };

	if (!b->spill)
		b->spill = tmpfile();
	if (!b->spill || fwrite(head, sizeof(head), 1, b->spill) != 1 ||
	    fwrite(values, sizeof(*values), n, b->spill) != n)
		return errno ? -errno : -EIO;
	return 0;
}

static int insert_spilt(FILE *spill, struct atls_inserts *to)
{
	int64_t head[2], values[ATLS_MAX_COLUMNS];
	int ret = 0;

	rewind(spill);
	while (!ret && fread(head, sizeof(head), 1, spill) == 1) {
		if (fread(values, sizeof(*values), (size_t)head[1], spill) != (size_t)head[1])
			return -EIO;
		ret = atls_insert_integers(to, (enum atls_table_id)head[0], values);
	}
	return ferror(spill) ? -EIO : ret;
}

/* The file is complete but for what was spilt. */
static int add_spilt(struct bulk *b)
{
	struct atls_inserts to = { 0 };
	int ret, closed;

	if (!b->spill)
		return 0;
	ret = atls_draft_open(b->path, &to.db);
	if (ret)
		return ret;
	ret = insert_spilt(b->spill, &to);
	atls_inserts_finish(&to);
	closed = atls_draft_close(to.db);
	return ret ? ret : closed;
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

static int note_keys(struct bulk *b, unsigned table, int64_t id, const int64_t *values)
{
	int ret = 0;

	for (int i = 0; i < ATLS_INDICES && !ret; i++)
		if (atls_indices[i].table == table)
			ret = atls_sorter_add(&b->sorters[i], values[atls_indices[i].column], id);
	return ret;
}

static int put_pair(void *tree, const struct atls_pair *p)
{
	const int64_t values[] = { p->key, p->id };

	return atls_tree_add(tree, 0, values, 2);
}

static int write_index(struct bulk *b, int which)
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

static int write_rows(struct bulk *b, unsigned table, struct rows *r)
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

static int move_on(struct bulk *b, struct window *w)
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

static int add(void *state, enum atls_table_id table, const int64_t *values, unsigned n)
{
	bool of_job = table == ATLS_TABLE_slice || table == ATLS_TABLE_wait;
	struct bulk *b = state;
	struct window *w = &b->windows[of_job ? ATLS_TABLE_job : table];
	int64_t id = values[0];
	int ret = 0;

	if (id < w->next)
		return spill(b, table, values, n);
	while (!ret && id >= w->next + WINDOW)
		ret = move_on(b, w);
	if (id > w->last)
		w->last = id;
	return ret ? ret : append(rows_of(&w->slots[id % WINDOW], table), values, n);
}

/* ---- begin and end -------------------------------------------------------------------------- */

static int find_root(sqlite3 *db, const char *name, uint32_t *root)
{
	char sql[100];

	snprintf(sql, sizeof(sql), "SELECT rootpage FROM sqlite_schema WHERE name = '%s'", name);
	*root = (uint32_t)atls_sql_integer(db, 0, sql);
	return *root ? 0 : -EINVAL;
}

/* The root pages of the tables, then of the indices. */
static int find_roots(const char *path, uint32_t roots[ATLS_LARGE_TABLES + ATLS_INDICES])
{
	sqlite3 *db;
	int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL);
	int ret = atls_sql_check(db, rc);

	for (int i = 0; i < ATLS_LARGE_TABLES && !ret; i++)
		ret = find_root(db, atls_tables[i].name, &roots[i]);
	for (int i = 0; i < ATLS_INDICES && !ret; i++)
		ret = find_root(db, atls_indices[i].name, &roots[ATLS_LARGE_TABLES + i]);
	sqlite3_close(db);
	return ret;
}

static int begin_trees(struct bulk *b, const uint32_t *roots)
{
	int ret = atls_pages_open(&b->pages, b->path, ATLS_LOCK_PAGE);

	for (unsigned i = 0; i < ATLS_LARGE_TABLES && !ret; i++) {
		b->columns[i] = (unsigned)strlen(atls_tables[i].types);
		b->windows[i].table = i;
		b->windows[i].next = 1;
		ret = atls_tree_begin(&b->trees[i], &b->pages, roots[i],
				      i == ATLS_TABLE_slice || i == ATLS_TABLE_wait);
	}
	return ret;
}

static void free_window(struct window *w)
{
	for (int i = 0; i < WINDOW; i++) {
		free(w->slots[i].own.values);
		free(w->slots[i].slices.values);
		free(w->slots[i].waits.values);
	}
}

static void destroy(void *state)
{
	struct bulk *b = state;

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

static int begin(const char *path, void **state)
{
	uint32_t roots[ATLS_LARGE_TABLES + ATLS_INDICES];
	struct bulk *b = calloc(1, sizeof(*b));
	int ret = -ENOMEM;

	if (!b)
		return ret;
	b->pages.fd = -1;
	b->path = strdup(path);
	if (b->path)
		ret = find_roots(path, roots);
	if (!ret)
		ret = begin_trees(b, roots);
	if (ret) {
		destroy(b);
		return ret;
	}
	memcpy(b->index_roots, roots + ATLS_LARGE_TABLES, sizeof(b->index_roots));
	*state = b;
	return 0;
}

static int empty(struct bulk *b, struct window *w)
{
	int ret = 0;

	while (!ret && w->next <= w->last)
		ret = move_on(b, w);
	return ret;
}

static int finish_trees(struct bulk *b)
{
	int ret = 0, closed;

	for (int i = 0; i < ATLS_LARGE_TABLES && !ret; i++)
		ret = empty(b, &b->windows[i]);
	for (int i = 0; i < ATLS_LARGE_TABLES && !ret; i++)
		ret = atls_tree_end(&b->trees[i]);
	for (int i = 0; i < ATLS_INDICES && !ret; i++)
		ret = write_index(b, i);
	closed = atls_pages_close(&b->pages, b->path);
	return ret ? ret : closed;
}

static int finish(void *state)
{
	int ret = finish_trees(state);

	return ret ? ret : add_spilt(state);
}

const struct atls_writer atls_bulk_writer = { "bulk", begin, add, finish, destroy };
