/* SPDX-License-Identifier: Apache-2.0 */
/* Is a recording as it should be: its metrics, conditions over them, completeness. */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>

/* Print the names that conditions can use, and their values. 0 or -errno, worded. */
int atls_metrics_print(sqlite3 *db, bool json);
/*
 * Is condition true? It is SQL over the columns of the view metrics of sections.h, in which
 * durations such as 2ms are numbers of ns. 1 or 0; -EINVAL if it is not understood, worded.
 */
int atls_condition_test(sqlite3 *db, const char *condition);
/* True if events were lost, or part of the trace could not be read. */
bool atls_report_incomplete(sqlite3 *db);
