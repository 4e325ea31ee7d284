/* SPDX-License-Identifier: Apache-2.0 */
/* The LTTng recording session, through liblttng-ctl. Only the control process calls these. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What the session daemon says was not recorded. */
struct atls_loss {
	uint64_t events;  /* discarded, as sub-buffers were full */
	uint64_t packets; /* lost, whole sub-buffers */
};

/*
 * Create the session that writes into trace_dir (absolute) and start it. Returns 0, or -errno with
 * a message.
 */
int atls_session_start(const char *trace_dir);
/*
 * Stop it, wait until all data is on disk, count what was lost, destroy it. loss is always set.
 * Returns 0, or -errno with a message if the trace may be incomplete.
 */
int atls_session_stop(struct atls_loss *loss);
