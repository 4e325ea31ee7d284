/* SPDX-License-Identifier: Apache-2.0 */
/* The LTTng recording session, through liblttng-ctl. Only the control process calls these. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "record/lttng-channel.h"
#include "record/lttng-plan.h"

/*
 * Create the session and, unless it is delayed, start it. Returns 0, or -errno with a message.
 */
int atls_lttng_session_open(const struct atls_lttng_plan *plan);
/* Start a delayed one. As above. */
int atls_lttng_session_start(void);
/* Write what a ring holds into a new directory, whose name begins with name, and empty it. */
int atls_lttng_session_snapshot(const char *name);
/* The processes that are registered: at most n pids. Returns how many there are, or -errno. */
int atls_lttng_session_processes(pid_t *pids, int n);
/* Count what was lost so far. */
void atls_lttng_session_loss(struct atls_loss *loss);
/*
 * Stop it, wait until all data is on disk, count what was lost, destroy it. loss is always set.
 * A ring is written out first if snapshot names a last snapshot. Returns 0, or -errno with a
 * message if the trace may be incomplete.
 */
int atls_lttng_session_stop(struct atls_loss *loss, const char *snapshot);
