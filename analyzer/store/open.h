/* SPDX-License-Identifier: Apache-2.0 */
/* Opens what -i names, and analyzes it first if need be. */
#pragma once

#include <sqlite3.h>

/* Open a finished database for reading; *handle is closed with sqlite3_close. -EINVAL: not ours. */
int atls_db_open(const char *path, sqlite3 **handle);
/*
 * Open the database of input for reading; analyze first if it is missing, older than the trace, or
 * of another schema. *handle is closed with sqlite3_close. Returns an exit status of base/exit.h,
 * worded.
 */
int atls_data_open(const char *input, sqlite3 **handle);
/*
 * The same for who needs only the sums of sums/aggregate.h and the slowest jobs: without a current
 * database, a summary is made in memory, and no file is written.
 */
int atls_data_open_sums(const char *input, sqlite3 **handle);
