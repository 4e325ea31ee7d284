/* SPDX-License-Identifier: Apache-2.0 */
/* What a trace amounts to. */
#pragma once

#include "base/events.h"

struct atls_totals {
	int64_t t0, t1; /* first and last event; ATLS_NULL if there was none */
	int64_t events, lost_events, lost_packets;
	int64_t jobs, jobs_paused, conns, ops;
	int64_t by_event[ATLS_EV_COUNT];
};
