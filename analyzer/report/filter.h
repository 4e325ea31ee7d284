/* SPDX-License-Identifier: Apache-2.0 */
/* The filters that commands have in common, as temporary views. */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>

struct atls_filter {
	const char *time, *pid, *tid, *conn, *op, *outcome, *min, *max; /* as given, or NULL */
};

/* For a command's table of options and for --help; conn, which can be more than a filter, is its own. */
#define ATLS_FILTER_ARGS(f)                                                         \
	{ "time", .text = &(f)->time }, { "pid", .text = &(f)->pid },               \
		{ "tid", .text = &(f)->tid }, { "op", .text = &(f)->op },           \
		{ "outcome", .text = &(f)->outcome }, { "min", .text = &(f)->min }, \
	{                                                                           \
		"max", .text = &(f)->max                                            \
	}
#define ATLS_FILTER_HELP                                                                                   \
	"      --time FROM,TO    jobs and connections that begin then: 1.5s,2s from the first event, or\n" \
	"                        10%,20% of the recording; either may be left out\n"                       \
	"      --pid PID, --tid TID, --conn=ID, --op OP, --outcome OUTCOME\n"                              \
	"                        only these; lists such as read,write are fine\n"                          \
	"      --min DUR, --max DUR  only jobs (or handshakes) that took at least or at most so long\n"

bool atls_filter_any(const struct atls_filter *f);
/*
 * Make the temporary views f_job, f_conn, f_engine_op, f_wait, f_slice: what is left of v_job and so on.
 * 0, -EINVAL for a filter that is not understood, or -errno; worded.
 */
int atls_filter_make_views(const struct atls_filter *f, sqlite3 *db);
/* A duration such as "2ms" in ns, or a bare number of ns. 0 or -EINVAL. */
int atls_filter_duration(const char *text, sqlite3_int64 *ns);
