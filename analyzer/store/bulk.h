/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The large tables of a database while it is made: rows come in any order, and are written in the order
 * of their ids, see btree.h.
 *
 *   rows --> window of the latest ids --> trees
 *                 \
 *                  ids that the window has passed --> spill (a file without a name) --> INSERT
 *
 * Their indices are written when all that the window took is in the tables; INSERT looks after them itself.
 *
 * The window bounds the memory. Of a job that is open while the window moves past it, only the last
 * rows are spilt.
 */
#pragma once

#include <stdint.h>

#include "store/tables.h"

struct atls_bulk;

/* The root pages of the tables, then of the indices. */
struct atls_bulk *atls_bulk_create(const char *path,
				   const uint32_t roots[ATLS_LARGE_TABLES + ATLS_INDICES]);
/*
 * A row of n integers; the first is the id, and in slices and waits the id of their job, whose own row
 * comes last. Rows of any other table (which >= ATLS_LARGE_TABLES) are spilt as they are.
 * Returns 0 or -errno.
 */
int atls_bulk_add(struct atls_bulk *b, int which, const int64_t *values, unsigned n);
/* All rows have come: complete the file. Returns 0 or -errno. */
int atls_bulk_end(struct atls_bulk *b);
/* Give out what was spilt, in the order in which it came. Returns 0 or what put returned. */
int atls_bulk_spilt(struct atls_bulk *b,
		    int (*put)(void *ctx, int which, const int64_t *values, unsigned n), void *ctx);
/* NULL is fine. */
void atls_bulk_destroy(struct atls_bulk *b);
