/* SPDX-License-Identifier: Apache-2.0 */
/* The filters that commands have in common, as temporary views. */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>

struct atls_filter {
	const char *time, *pid, *tid, *conn, *op, *outcome, *min, *max; /* as given, or NULL */
};

/* For the tables of getopt_long and for --help. */
#define ATLS_FILTER_OPTIONS                                                                        \
	{ "time", required_argument, NULL, 256 }, { "pid", required_argument, NULL, 257 },         \
		{ "tid", required_argument, NULL, 258 }, { "conn", optional_argument, NULL, 259 }, \
		{ "op", required_argument, NULL, 260 },                                            \
		{ "outcome", required_argument, NULL, 261 },                                       \
		{ "min", required_argument, NULL, 262 },                                           \
	{                                                                                          \
		"max", required_argument, NULL, 263                                                \
	}
#define ATLS_FILTER_HELP                                                                                   \
	"      --time FROM,TO    jobs and connections that begin then: 1.5s,2s from the first event, or\n" \
	"                        10%,20% of the recording; either may be left out\n"                       \
	"      --pid PID, --tid TID, --conn=ID, --op OP, --outcome OUTCOME\n"                              \
	"                        only these; lists such as read,write are fine\n"                          \
	"      --min DUR, --max DUR  only jobs (or handshakes) that took at least or at most so long\n"

/* Take option c of getopt. False if it is no filter. */
bool atls_filter_take(struct atls_filter *f, int c, const char *argument);
bool atls_filter_any(const struct atls_filter *f);
/*
 * Make the temporary views f_job, f_conn, f_engine_op, f_wait, f_slice: what is left of v_job and so on.
 * 0, -EINVAL for a filter that is not understood, or -errno; worded.
 */
int atls_filter_make_views(const struct atls_filter *f, sqlite3 *db);
/* A duration such as "2ms" in ns, or a bare number of ns. 0 or -EINVAL. */
int atls_filter_duration(const char *text, sqlite3_int64 *ns);
