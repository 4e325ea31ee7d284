/* SPDX-License-Identifier: Apache-2.0 */
/* What changed between two recordings, and whether it can be chance. */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>

struct atls_diff_options {
	double threshold; /* how much worse is a regression, as a share */
	int rounds;	  /* resamples behind each interval */
	bool json;
};

/*
 * Compare the second recording with the first, and print. The views of filter.h and sections.h are
 * there. Returns the number of regressions, or -errno, worded.
 */
int atls_diff(sqlite3 *db[2], const struct atls_diff_options *options);
