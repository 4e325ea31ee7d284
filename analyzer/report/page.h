/* SPDX-License-Identifier: Apache-2.0 */
/* The first page of a report: verdict, findings, phases, handshakes, slowest jobs, processes. */
#pragma once

#include <sqlite3.h>

/* Make the temporary views r_* of report.sql; the two below do. 0 or -errno, worded. */
int atls_report_make_views(sqlite3 *db);
/* Print it, for people or as one JSON object. 0 or -errno, worded. */
int atls_report_page(sqlite3 *db);
int atls_report_json(sqlite3 *db);
