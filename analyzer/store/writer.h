/* SPDX-License-Identifier: Apache-2.0 */
/* What writes the large tables of a database, of which there may be as many rows as events. */
#pragma once

#include "store/tables.h"

struct atls_writer {
	const char *name;
	/*
	 * path: a database with the empty tables of schema.sql, open nowhere. Returns 0 or -errno, worded.
	 */
	int (*begin)(const char *path, void **state);
	/*
	 * One row of n integers, in the order of the columns. The first is the id; ids come in about
	 * ascending order. In slices and waits it is the id of their job, whose own row comes last. 0 or
	 * -errno.
	 */
	int (*add)(void *state, enum atls_table_id table, const int64_t *values, unsigned n);
	/*
	 * All rows have come: the tables and their indices are complete, and the file is closed. 0 or
	 * -errno.
	 */
	int (*finish)(void *state);
	/* At any time after begin. */
	void (*destroy)(void *state);
};

/* By INSERT, as anybody would; indices are made at the end. What the other one is held against. */
extern const struct atls_writer atls_insert_writer;
/*
 * Past SQLite, page by page: see bulk.c. Of a trace of ten million events (five million rows) the
 * whole of `analyze` takes a quarter of the CPU time that it takes by INSERT: 4.5 s to 18 s,
 * measured by `./run bench analyze` on a shared machine with two cores. That pays for bulk.c,
 * btree.c and sorter.c.
 */
extern const struct atls_writer atls_bulk_writer;
