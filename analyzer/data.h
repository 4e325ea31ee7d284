/* SPDX-License-Identifier: Apache-2.0 */
/* Where the parts of a recording lie. */
#pragma once

#include <limits.h>
#include <sqlite3.h>
#include <stdbool.h>

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
};

/* Work out the parts of input, which need not exist. Returns 0 or -ENAMETOOLONG, worded. */
int atls_data_locate(const char *input, struct atls_data *d);

/*
 * Open the database of input for reading; analyze first if it is missing, older than the trace, or of
 * another schema. *handle is closed with sqlite3_close. Returns an exit status of cmd.h, worded.
 */
int atls_data_open(const char *input, sqlite3 **handle);
/*
 * The same for who needs only the sums of aggregate.h and the slowest jobs: without a current database, a
 * summary is made in memory, and no file is written.
 */
int atls_data_open_sums(const char *input, sqlite3 **handle);
