/* SPDX-License-Identifier: Apache-2.0 */
/* A database in the making: a temporary file beside the one that it will be. */
#pragma once

#include <sqlite3.h>

struct atls_draft {
	char *path; /* final name */
	char *temporary;
};

/*
 * The file is there afterwards, empty, so that no other analysis takes its name. 0 or -errno,
 * worded.
 */
int atls_draft_create(struct atls_draft *d, const char *path);
/* The file takes its name, in place of an older one. 0 or -errno, worded. */
int atls_draft_publish(struct atls_draft *d);
/* What was not published vanishes. Fine on a draft that is all zero. */
void atls_draft_destroy(struct atls_draft *d);

/* Open a temporary file for many rows, in one transaction. 0 or -errno, worded. */
int atls_draft_open(const char *temporary, sqlite3 **db);
/* Commit and close. 0 or -errno, worded; db is gone in any case. */
int atls_draft_close(sqlite3 *db);
