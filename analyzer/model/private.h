/* SPDX-License-Identifier: Apache-2.0 */
/* What the model's files share: its state, and one handler an event. */
#pragma once

#include "base/map.h"
#include "base/slab.h"
#include "model/model.h"
#include "model/phases.h"

struct process {
	struct atls_row_process row;
};

struct thread {
	struct atls_row_thread row;
	struct process *process;
	int64_t turn;		   /* last return of its loop wait, or ATLS_NULL */
	int64_t wait;		   /* begin of the loop wait that it is in, or ATLS_NULL */
	struct atls_row_pool pool; /* that it has, if pool_id */
};

struct job {
	struct atls_row_job row;
	struct process *process;
	uint32_t wctx;
	uint32_t seq;  /* of the next slice */
	int64_t since; /* begin of the state that it is in */
	int64_t last;  /* its last event; its own time never runs backwards */
	bool paused;
	bool gap;	       /* events of it are missing */
	bool late_wake;	       /* the wake of the wait before was not seen yet */
	uint32_t utid;	       /* where it runs, or paused */
	struct atls_wait wait; /* what is known of this pause, or of the next one already */
};

struct conn {
	struct atls_row_conn row;
	int64_t first_call; /* first SSL call of any kind, or ATLS_NULL */
	int64_t call;	    /* begin of the SSL call that it is in, or ATLS_NULL */
};

struct wfd {
	struct atls_row_wfd row;
	struct wfd *next;
};

struct wctx {
	struct atls_row_wctx row;
	struct wfd *fds; /* that it has */
};

struct task {
	struct atls_row_op row;
	uint32_t job, wctx;
	int64_t begin; /* or ATLS_NULL */
	struct process *process;
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
	const struct atls_sink *sink;
	void *ctx;
	struct atls_totals totals;
	/* Keys: pid and tid; upid and serial. */
	struct atls_map processes, threads;
	struct atls_map jobs, conns, tasks;
	struct atls_map wctxs;
	struct atls_slab job_slab, conn_slab, task_slab, wctx_slab, wfd_slab;
	struct atls_row_tally tallies[CALL_OPS][CALL_ERRORS];
	struct atls_map names;	 /* by hash */
	struct atls_map waiters; /* upid and wctx: the job that last started on it */
	struct thread *current;	 /* of the event in hand */
	int64_t lost_until;	 /* end of the latest lost stretch that has begun */
	uint32_t last_upid, last_utid;
	int64_t last_job, last_conn, last_op, last_wctx, last_wfd, last_call, last_pool;
};

static inline uint64_t atls_key(uint32_t high, uint32_t low)
{
	return (uint64_t)high << 32 | low;
}

/* The key of something of the current process. */
static inline uint64_t atls_own_key(const struct atls_model *m, uint32_t serial)
{
	return atls_key(m->current->process->row.upid, serial);
}

/* model.c: tell the sink that delta more are open. 0 or -errno. */
int atls_model_open(struct atls_model *m, enum atls_level level, int64_t ts, int delta);

int atls_conn_put_tallies(struct atls_model *m);

/* model-wait.c */
int atls_wait_event(struct atls_model *m, const struct atls_event *e);
int atls_wait_finish_all(struct atls_model *m);

/* model-job.c */
int atls_job_start(struct atls_model *m, const struct atls_event *e);
int atls_job_pause(struct atls_model *m, const struct atls_event *e);
int atls_job_resume(struct atls_model *m, const struct atls_event *e);
int atls_job_end(struct atls_model *m, const struct atls_event *e); /* finish, error, no_jobs */
int atls_job_notice(struct atls_model *m,
		    const struct atls_event *e); /* wake, fd_ready, callback */
int atls_job_finish_all(struct atls_model *m);
/* An engine task of the job was queued, or is done. */
void atls_job_task_begun(struct job *j);
void atls_job_task_done(struct job *j, int64_t ts, uint32_t utid);
/* The open job with that serial in the current process, or NULL. */
struct job *atls_job_find(struct atls_model *m, uint32_t serial);

/* model-conn.c */
int atls_conn_event(struct atls_model *m, const struct atls_event *e); /* ssl_*, handshake */
int atls_conn_put_names(struct atls_model *m);
int atls_conn_finish_all(struct atls_model *m);
/* The id of the current process's connection, which is made known if it was not; NULL for 0. */
int atls_conn_id(struct atls_model *m, uint32_t serial, int64_t ts, int64_t *conn_id);

/* model-engine.c */
int atls_engine_event(struct atls_model *m, const struct atls_event *e); /* engine_* */
int atls_engine_finish_all(struct atls_model *m);
