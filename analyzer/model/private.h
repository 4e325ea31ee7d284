/* SPDX-License-Identifier: Apache-2.0 */
/* What the model's files share: what rows need beside the tracker, and which file makes which. */
#pragma once

#include "model/model.h"
#include "model/phases.h"
#include "model/tracker.h"

struct process_rows {
	struct atls_row_process row;
	bool introduced; /* by its own name */
};

struct thread_rows {
	struct atls_row_thread row;
	int64_t turn;		   /* last return of its loop wait, or ATLS_NULL */
	int64_t wait;		   /* begin of the loop wait that it is in, or ATLS_NULL */
	struct atls_row_pool pool; /* that it has, if pool_id */
};

struct job_rows {
	int64_t phase_ns[ATLS_NPHASES];
	uint32_t evidence;
	uint32_t seq;	       /* of the next slice */
	uint32_t utid;	       /* where it runs, or paused */
	bool late_wake;	       /* the wake of the wait before was not seen yet */
	struct atls_wait wait; /* what is known of this pause, or of the next one already */
};

struct conn_rows {
	struct atls_row_conn row;
	int64_t first_call; /* first SSL call of any kind, or ATLS_NULL */
	int64_t call;	    /* begin of the SSL call that it is in, or ATLS_NULL */
};

/* A wait context has a row, with an id, from the first event that shows that it is there. */
struct wctx_rows {
	struct atls_row_wctx row;
};

struct wfd_rows {
	struct atls_row_wfd row;
};

struct task_rows {
	struct atls_row_op row;
	int64_t begin; /* or ATLS_NULL */
};

/* A name that clients asked for. */
struct name {
	int64_t id;
	char text[sizeof(((struct atls_server_name *)0)->name)];
};

/* More than there are. */
#define CALL_OPS 8
#define CALL_ERRORS 16

struct atls_model {
	const struct atls_tracker *tracker;
	const struct atls_sink *sink;
	void *ctx;
	struct atls_row_tally tallies[CALL_OPS][CALL_ERRORS];
	struct atls_map names; /* by hash */
	int64_t last_op, last_wctx, last_wfd, last_call, last_pool;
};

/* The model's part of something. */
#define ROWS(thing) ((thing)->part[ATLS_ROWS])

/* Tell the sink that delta more are open. 0 or -errno. */
static inline int atls_model_open(const struct atls_model *m, enum atls_level level, int64_t ts,
				  int delta)
{
	return m->sink->open ? m->sink->open(m->ctx, level, ts, delta) : 0;
}

/* Put into o what the file wants to be told. */
void atls_thread_rows_observe(struct atls_observer *o);
void atls_job_rows_observe(struct atls_observer *o);
void atls_conn_rows_observe(struct atls_observer *o);
void atls_wait_rows_observe(struct atls_observer *o);
void atls_engine_rows_observe(struct atls_observer *o);

/* wait.c: a job begins on the wait context; NULL is fine. */
void atls_wait_rows_add_job(struct atls_model *m, struct wctx *w);
/* job.c: an engine task of the job is queued. */
void atls_job_rows_task_begun(const struct job *j);
/* conn.c: what is counted and named over all connections. 0 or -errno. */
int atls_conn_rows_put_tallies(struct atls_model *m);
int atls_conn_rows_put_names(struct atls_model *m);
