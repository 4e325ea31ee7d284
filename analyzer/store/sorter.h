/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sorts the pairs of an index, in bounded memory:
 *
 *   pairs --> run in memory --> sorted --> file (without a name) --> merge
 */
#pragma once

#include <stdint.h>
#include <stdio.h>

struct atls_pair {
	int64_t key, id;
};

/* All zero is an empty sorter. */
struct atls_sorter {
	struct atls_pair *run;
	unsigned used, room;
	FILE *file;    /* full runs, each sorted */
	unsigned runs; /* in the file */
};

/* Ids ascend. Returns 0 or -errno. */
int atls_sorter_add(struct atls_sorter *s, int64_t key, int64_t id);
/* Give out all pairs by key, those of one key by id. Returns 0, -errno, or what put returned. */
int atls_sorter_end(struct atls_sorter *s, int (*put)(void *ctx, const struct atls_pair *pair),
		    void *ctx);
/* Free. Fine on a sorter that is all zero. */
void atls_sorter_finish(struct atls_sorter *s);
