/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as rows of the database. */
#pragma once

#include <sqlite3.h>

#include "lint/lint.h"

/* Fill the tables rule, finding and finding_example. 0 or -errno, worded. */
int atls_lint_store(struct atls_lint *l, sqlite3 *db);
