/* SPDX-License-Identifier: Apache-2.0 */
/* meta.json: what was recorded, how, when, and how well. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "record/control.h"
#include "record/options.h"
#include "record/process-log.h"
#include "record/trace-summary.h"

#define ATLS_META_SCHEMA 1
#define ATLS_META_SIGNALS 8

/* The same moment on both clocks, ns. */
struct atls_moment {
	int64_t monotonic;
	int64_t realtime;
};

struct atls_meta {
	char *const *command; /* NULL-terminated */
	const char *mode;
	const char *engine; /* NULL in observe mode */
	const char *lttng;  /* version */
	const struct atls_record_options *options;
	struct atls_moment start;

	/* From here on known at the end only. */
	bool complete;
	struct atls_moment stop;
	const struct atls_trace_summary *trace;
	const struct atls_state *state;		    /* what was lost */
	const struct atls_process_log *process_log; /* what the processes noted */
	/* command, signal, stop, pid, duration, max-size, disk, vanished, daemon */
	const char *ended_by;
	bool disk_full;
	bool disk_low; /* ended before it was */
	bool vanished; /* the output directory */
	bool damaged;  /* the recording ended early, or was cut */
	bool intact;   /* none of these, and no events were lost: else --strict fails */
	/* A clause for reports: what is missing besides counted events; or NULL. */
	const char *incomplete;
	int64_t cut_bytes;
	unsigned int dropped_chunks;
	bool exit_known;
	int exit_status;
	int signals[ATLS_META_SIGNALS]; /* that the recorder was sent */
	int nsignals;
};

struct atls_moment atls_moment_now(void);
/*
 * Write DIR/meta.json, replacing it as a whole. It is written when recording starts, with complete
 * false, and again at the end. Returns 0, or -errno with a message.
 */
int atls_meta_write(const struct atls_meta *m, const char *dir);
