/* SPDX-License-Identifier: Apache-2.0 */
/* The filters that commands have in common, as temporary views. */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

struct atls_filter {
	const char *time, *pid, *tid, *conn, *op, *outcome; /* as given, or NULL */
	int64_t min, max;				    /* ns, or 0 */
};

bool atls_filter_any(const struct atls_filter *f);
/*
 * Make the temporary views f_job, f_conn, f_engine_op, f_wait, f_slice: what is left of v_job and
 * so on. 0, -EINVAL for a filter that is not understood, or -errno; worded.
 */
int atls_filter_make_views(const struct atls_filter *f, sqlite3 *db);
