/* SPDX-License-Identifier: Apache-2.0 */
/* One analysis: reader -> model -> database. */
#pragma once

#include <sqlite3.h>

#include "lint/lint.h"
#include "model/model.h"
#include "store/data.h"

struct atls_analysis_result {
	struct atls_totals totals;
	bool damaged; /* part of the trace could not be read; said already */
	double seconds;
};

/*
 * Build d->db from d->trace and d->meta. A trace of which only part can be read makes a database
 * all the same, with a warning, and with the reason in its meta table under "incomplete". A trace
 * without a single event makes none. Shows a progress bar on a terminal if it takes over a second;
 * SIGINT and SIGTERM end it with -EINTR and leave nothing behind. Returns 0 or -errno, worded.
 */
int atls_analyze(const struct atls_data *d, struct atls_analysis_result *result);
/* The same, with other numbers for the rules than the defaults. */
int atls_analyze_with(const struct atls_data *d, const int64_t limits[ATLS_NLIMITS],
		      struct atls_analysis_result *result);
/*
 * The same without a database: *handle is one in memory that has all views, but of the jobs only
 * the slowest, and no slices, waits, connections or operations. Close it with sqlite3_close.
 */
int atls_summarize(const struct atls_data *d, struct atls_analysis_result *result,
		   sqlite3 **handle);
int atls_summarize_with(const struct atls_data *d, const int64_t limits[ATLS_NLIMITS],
			struct atls_analysis_result *result, sqlite3 **handle);
/* The exit status of base/exit.h for such an error. */
int atls_analysis_status(int err);
