/* SPDX-License-Identifier: Apache-2.0 */
/* A progress bar on stderr: only on a terminal, and only once the work has taken a second. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct atls_progress {
	bool enabled, shown;
	struct timespec begun, drawn;
};

void atls_progress_begin(struct atls_progress *p);
/* Draw, at most five times a second. done of total bytes (0: not known), and events so far. */
void atls_progress_show(struct atls_progress *p, uint64_t done, uint64_t total, int64_t events);
/* Wipe it off. */
void atls_progress_end(struct atls_progress *p);
