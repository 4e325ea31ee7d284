/* SPDX-License-Identifier: Apache-2.0 */
/* The LTTng recording session, through liblttng-ctl. Only the control process calls these. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What is to be recorded, and into what. */
struct atls_session_plan {
	char trace_dir[PATH_MAX]; /* absolute */
	char relay[256];	  /* host of a lttng-relayd, "" to write into trace_dir */
	int relay_port;		  /* for control; data go to the next one */
	unsigned int groups;	  /* of events, ATLS_GROUP_* */
	bool ring;		  /* keep the latest in memory; written by snapshots only */
	bool delayed;		  /* do not start yet */
	uint64_t buffer;	  /* bytes for each processor and user; 0: by the machine */
	uint64_t rotate_size; /* a new chunk each time that so many bytes are written; 0: never */
	uint64_t rotate_us;   /* or so much time has passed */
	uint64_t trigger_us;  /* watch for jobs that take longer; 0: do not */
};

/* What the session daemon says was not recorded. */
struct atls_loss {
	uint64_t events;  /* discarded, as sub-buffers were full */
	uint64_t packets; /* lost, whole sub-buffers */
};

/*
 * Create the session and, unless it is delayed, start it. Returns 0, or -errno with a message.
 */
int atls_session_open(const struct atls_session_plan *plan);
/* Start a delayed one. As above. */
int atls_session_start(void);
/* Write what a ring holds into a new directory, whose name begins with name, and empty it. */
int atls_session_snapshot(const char *name);
/* Whether a job has taken longer than the plan's trigger since the last call. */
bool atls_session_triggered(void);
/* The processes that are registered: at most n pids. Returns how many there are, or -errno. */
int atls_session_processes(pid_t *pids, int n);
/* What was lost so far. */
void atls_session_loss(struct atls_loss *loss);
/*
 * Stop it, wait until all data is on disk, count what was lost, destroy it. loss is always set.
 * A ring is written out first if snapshot names a last snapshot. Returns 0, or -errno with a message
 * if the trace may be incomplete.
 */
int atls_session_stop(struct atls_loss *loss, const char *snapshot);
