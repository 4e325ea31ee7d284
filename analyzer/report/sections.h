/* SPDX-License-Identifier: Apache-2.0 */
/* The sections that a report can have beside its first page. sections.sql has their queries. */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>

#include "report/table.h"

/* In the order in which they are printed: the name, which has a view part_NAME, and the title. */
/* clang-format off */
#define ATLS_SECTIONS(X) \
	X(findings, "Findings ('asynctls lint' says what to do)") \
	X(phases, "Phases of jobs that paused and finished") \
	X(tally, "Jobs by operation and outcome") \
	X(handshakes, "Handshakes") \
	X(notify, "From done to resumed, by what told the loop") \
	X(engine, "Operations") \
	X(loop, "What holds up the threads") \
	X(depth, "Jobs in flight, share of time") \
	X(threads, "Threads") \
	X(poll, "If results were polled for at an interval") \
	X(timehist, "Over time") \
	X(conn, "Connections, slowest handshakes first") \
	X(top, "Jobs, slowest first")
/* clang-format on */

#define ATLS_SECTION(name, title) ATLS_SECTION_##name,
enum atls_section { ATLS_SECTIONS(ATLS_SECTION) ATLS_NSECTIONS };
#undef ATLS_SECTION

/* Make the views; those of the filter must be there. 0 or -errno, worded. */
int atls_sections_make_views(sqlite3 *db);
/*
 * Print the wanted ones. sort is a column of theirs or NULL; limit is 0 for the usual number of
 * rows.
 * 0, -EINVAL (no such column) or -errno, worded.
 */
int atls_sections_print(sqlite3 *db, const bool wanted[ATLS_NSECTIONS], const char *sort, int limit,
			enum atls_table_format format);
