/* SPDX-License-Identifier: Apache-2.0 */
/* Where the parts of a recording lie. */
#pragma once

#include <limits.h>
#include <stdbool.h>

struct atls_writer;

/*
 * What -i names may be
 *   a recording (asynctls.data/: ctf/, meta.json, trace.db),
 *   a folder that holds CTF traces and no ctf/ folder: the database is FOLDER.db beside it,
 *   a database.
 */
struct atls_data {
	char trace[PATH_MAX]; /* what a reader opens; "" if input is a database */
	char meta[PATH_MAX];  /* "" if there can be none */
	char db[PATH_MAX];
	bool calls; /* a database that is made has every SSL call, too */
	const struct atls_writer
		*writer; /* of such a database's large tables; NULL: the quickest */
};

/* Work out the parts of input, which need not exist. Returns 0 or -ENAMETOOLONG, worded. */
int atls_data_locate(const char *input, struct atls_data *d);
