/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes tables of an SQLite file from their leaves up; writer.h says what that gains over INSERT.
 *
 *   rows in order of key --> leaf --> leaf --> leaf ...     pages are appended to the file
 *                              \       |      /
 *                            interior page ...              written when full
 *                                  root                     written last, over the table's empty root
 *
 * The file format is SQLite's documented one (sqlite.org/fileformat2.html). SQLite itself creates
 * the file and its empty tables, closes it, and opens it again when the pages are there.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ATLS_PAGE 16384
#define ATLS_CELL_MAX 512
/* SQLite locks the byte at 1 GiB, and never uses the page with it. */
#define ATLS_LOCK_PAGE ((1u << 30) / ATLS_PAGE + 1)
#define ATLS_TREE_LEVELS 8

/* The file that several trees append their pages to. */
struct atls_pages {
	int fd;
	uint32_t next;	/* number of the page that comes next; the first is 1 */
	uint32_t first; /* number of the first page in buffer */
	size_t used;	/* bytes of buffer */
	uint8_t *buffer;
	uint32_t lock; /* number of the page that stays unused */
	int error;     /* -errno of the first write that failed */
};

/* One page in the making. */
struct atls_node {
	uint8_t page[ATLS_PAGE];
	unsigned cells, bottom; /* cell bytes lie from bottom to the page's end */
	/* Interior: children that have not got their place yet, each with the key that follows it. */
	struct {
		uint32_t child;
		unsigned size;
		uint8_t key[ATLS_CELL_MAX];
	} waiting[2];
	unsigned nwaiting;
};

struct atls_tree {
	struct atls_pages *pages;
	uint32_t root;
	bool is_index; /* an index, or a table WITHOUT ROWID */
	struct atls_node *levels[ATLS_TREE_LEVELS];
	int64_t last; /* rowid */
	/* Index: a row that did not fit into the leaf; it goes up if another one follows. */
	unsigned spare_size;
	uint8_t spare[ATLS_CELL_MAX];
};

/*
 * path is a closed SQLite file of ATLS_PAGE bytes a page; the page lock_page stays unused:
 * ATLS_LOCK_PAGE, but for tests. Returns 0 or -errno, worded.
 */
int atls_pages_open(struct atls_pages *p, const char *path, uint32_t lock_page);
/* Write what is left and the new size of the database. Returns 0 or -errno, worded. */
int atls_pages_close(struct atls_pages *p, const char *path);

/* A tree for the empty table or index whose root page is root. Returns 0 or -ENOMEM. */
int atls_tree_begin(struct atls_tree *t, struct atls_pages *p, uint32_t root, bool is_index);
/*
 * Append a row of n integers (ATLS_NULL: NULL). Table: rowids ascend, and the column that stands
 * for the rowid is NULL. Index: rows ascend. Returns 0 or -ENOMEM; write errors come with
 * atls_pages_close().
 */
int atls_tree_add(struct atls_tree *t, int64_t rowid, const int64_t *values, unsigned n);
/* Write all that is not written yet, and free. Fine on a tree that is all zero. */
int atls_tree_end(struct atls_tree *t);
void atls_tree_free(struct atls_tree *t);
