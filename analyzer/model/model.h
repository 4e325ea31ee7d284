/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model: finished rows of what the tracker sees.
 *
 *   reader --> tracker --> model --> sink (SQLite, a test, a live view)
 *
 * A row is handed out as soon as it is complete, in no particular order. What the model knows of
 * something beside the tracker is its part there, so its memory does not grow with the trace.
 */
#pragma once

#include <stdbool.h>

#include "base/codes.h"
#include "base/events.h"
#include "model/rows.h"
#include "model/totals.h"

/* What there is a number of at any time. */
enum atls_level {
	ATLS_LEVEL_INFLIGHT, /* jobs */
	ATLS_LEVEL_QUEUED,   /* engine operations that wait for a worker */
	ATLS_LEVEL_SERVED,   /* and those that one does */
	ATLS_LEVELS
};

/*
 * Who takes the rows. Each function returns 0, or -errno, which ends the analysis and is passed on.
 * A row's job_id, conn_id and utid may be named before their own rows come; strings come at the
 * end.
 *
 * May be NULL: wctx and wfd, both or neither; call; tally; pool; turn; open.
 */
struct atls_sink {
	/* int (*job)(void *ctx, const struct atls_row_job *row), and so on for each row of rows.def */
#define ATLS_ROW(name, table, fields) int (*name)(void *ctx, const struct atls_row_##name *row);
#include "model/rows.def"
	/* One turn of a thread's event loop, or one wait between two. */
	int (*turn)(void *ctx, uint32_t utid, int64_t ts, int64_t dur, bool wait);
	/* From ts on, delta (1 or -1) more are open. */
	int (*open)(void *ctx, enum atls_level level, int64_t ts, int delta);
};

struct atls_model;
struct atls_tracker;

/*
 * A model that observes the tracker, which must outlive it, and hands rows to the sink, until the
 * tracker is at its end. NULL if there is no memory.
 */
struct atls_model *atls_model_create(struct atls_tracker *t, const struct atls_sink *sink,
				     void *ctx);
/* After the tracker's end: hand out what is counted and named over all. 0 or -errno. */
int atls_model_finish(struct atls_model *m);
/* NULL is fine. */
void atls_model_destroy(struct atls_model *m);
