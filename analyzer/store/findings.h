/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as rows of the database. */
#pragma once

#include "lint/lint.h"
#include "store/inserts.h"

/*
 * Fill the tables rule, finding and finding_example, after the facts about the recording. 0 or
 * -errno, worded.
 */
int atls_lint_store(struct atls_lint *l, struct atls_inserts *to);
