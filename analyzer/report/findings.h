/* SPDX-License-Identifier: Apache-2.0 */
/* Findings for people and for tools, from the view l_finding of suppress.h. */
#pragma once

#include <sqlite3.h>
#include <stdint.h>

/* Each 0 or -errno, worded. */
int atls_lint_print_text(sqlite3 *db);
int atls_lint_print_json(sqlite3 *db);
int atls_lint_print_sarif(sqlite3 *db, const char *input);
/* Findings that are worse than a note; events that were lost. Negative: an error, worded. */
int64_t atls_lint_print_bad(sqlite3 *db);
int64_t atls_lint_print_lost(sqlite3 *db);
