/* SPDX-License-Identifier: Apache-2.0 */
/* What an LTTng session records, and where to. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct atls_lttng_plan {
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
