/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tracker: what is open, once for all who look at it.
 *
 *            events             transitions
 *   reader ---------> tracker --+---------> model, which makes rows
 *                        |      +---------> lint, which judges by rules
 *                        |
 *                        +-- process -- thread
 *                        +-- job, connection, wait context -- fd, engine task
 *
 * It finds what an event is about, keeps the state that all observers need, and tells them what
 * happens to it. What an observer knows beside is a part of the same thing. So an event costs one
 * look-up, and memory is bounded by what is open, and one small record a process and a thread.
 *
 * The life of a job, with the transitions that observers are told of:
 *
 *            begun: job_start; or the first that is heard of it, then it is partial
 *              |
 *              v      paused: job_pause                         noticed: wake, callback_fire,
 *           running ------------------------------> paused <-+  fd_ready of its wait context, or
 *              ^                                      |   |  |  the engine_done of its last task
 *              |      resumed: job_resume             |   +--+
 *              +--------------------------------------+
 *              |
 *              +--> ended: job_finish, job_error, job_no_jobs
 *              +--> lost:  its serial is given to another job, so its end is missing
 *              +--> left:  the trace ends
 *
 * An event that does not fit the state means that events are missing: the state is corrected, and
 * the job has a gap. Connections live from ssl_new, or the first that is heard of one, to ssl_free;
 * wait contexts from the first event that names one to wait_ctx_free, and as long as a job that
 * began on them is open; tasks from engine_submit to engine_done.
 *
 * Observers are told of what begins when it is there, and of what changes or ends before it does: a
 * job that is resumed is still paused, a connection that is freed still has its job. Which observer
 * is told first makes no difference.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/codes.h"
#include "base/events.h"
#include "base/map.h"
#include "base/slab.h"
#include "model/totals.h"

/* Who observes. Each has a part of its own in each thing that is tracked, all zero at first. */
enum atls_observer_id { ATLS_ROWS, ATLS_RULES, ATLS_OBSERVERS };

/* What is tracked. Each struct begins with the observers' parts. */
enum atls_kind {
	ATLS_PROCESS,
	ATLS_THREAD,
	ATLS_JOB,
	ATLS_CONN,
	ATLS_WCTX,
	ATLS_WFD,
	ATLS_TASK,
	ATLS_KINDS
};

struct process {
	void *part[ATLS_OBSERVERS];
	uint32_t upid, pid;
	int64_t begin, end; /* first and last event */
	int64_t mode;	    /* enum mode of the catalogue, or ATLS_NULL */
};

struct thread {
	void *part[ATLS_OBSERVERS];
	struct process *process;
	uint32_t utid, tid;
	int64_t role;  /* enum role, or ATLS_NULL */
	int64_t njobs; /* open ones that began on it */
};

struct job {
	void *part[ATLS_OBSERVERS];
	int64_t id, conn_id; /* or ATLS_NULL; stays when the connection is freed */
	struct process *process;
	struct thread *thread; /* that began it, or was first seen with it */
	struct conn *conn;     /* NULL: none, or freed */
	struct wctx *wctx;     /* NULL: none, or not known */
	int64_t begin;
	int64_t since; /* begin of the state that it is in */
	int64_t last;  /* its last event; its own time never runs backwards */
	uint32_t serial, pauses;
	uint32_t ntasks; /* open ones, of the built-in engine */
	uint8_t op;
	bool paused;
	bool partial; /* its start was not seen */
	bool gap;     /* events of it are missing */
};

struct conn {
	void *part[ATLS_OBSERVERS];
	int64_t id; /* ATLS_NULL as long as it is only spoken of: until anything happens to it */
	struct process *process;
	struct job *job; /* the last that began on it, if open */
	int64_t begin;
	uint32_t serial;
	uint32_t wctx;	 /* serial of its wait context, 0 if not known */
	bool handshaken; /* its handshake is complete */
};

struct wctx {
	void *part[ATLS_OBSERVERS];
	struct process *process;
	struct job *job; /* the last that began on it, if open */
	struct wfd *fds; /* that it has, the newest first */
	int64_t begin;
	uint32_t serial;
	uint32_t njobs; /* open ones that began on it */
	uint8_t status; /* ASYNC_STATUS_*, 0 if none was set */
	bool callback;	/* one is set */
	bool freed;	/* and kept for its jobs */
};

/* An fd while a wait context has it. */
struct wfd {
	void *part[ATLS_OBSERVERS];
	struct wctx *wctx;
	struct wfd *next;
	int32_t fd;
	bool watched; /* by the event loop */
};

struct task {
	void *part[ATLS_OBSERVERS];
	struct process *process;
	int64_t job_id; /* or ATLS_NULL */
	uint32_t serial, job;
};

/*
 * What an observer wants to be told; what is left out, it is not. Each function gets the observer
 * first, and returns 0 or -errno, which ends the analysis. The tracker's thread and now are those
 * of the event.
 *
 * An ..._event is one that changes nothing of what is tracked, and is passed on with what it is
 * about; ..._left comes at the end of the trace, for what is still open: first the jobs, then
 * tasks, connections, wait contexts, processes and threads.
 */
struct atls_observer {
	void *self;
	size_t part[ATLS_KINDS]; /* sizes of its parts, or 0 */

	int (*process_seen)(void *self, struct process *p);
	int (*process_left)(void *self, struct process *p);
	int (*thread_seen)(void *self, struct thread *t);
	int (*thread_event)(void *self, const struct atls_event *e);
	int (*thread_left)(void *self, struct thread *t);
	int (*lost)(void *self, const struct atls_lost *lost);

	int (*job_begun)(void *self, struct job *j);
	int (*job_paused)(void *self, struct job *j);
	int (*job_resumed)(void *self, struct job *j);
	int (*job_noticed)(void *self, struct job *j, const struct atls_event *e);
	/* pause_blocked, pause_unblocked, pause_ignored; job_nested with the outer job, or NULL */
	int (*job_event)(void *self, struct job *j, const struct atls_event *e);
	/* job_finish, job_error or job_no_jobs */
	int (*job_ended)(void *self, struct job *j, const struct atls_event *e);
	int (*job_lost)(void *self, struct job *j);
	int (*job_left)(void *self, struct job *j);

	/* It has got its id. */
	int (*conn_met)(void *self, struct conn *c);
	/* ssl_*, resume_differs, server_name, watch_churn; c is NULL if it is about a context */
	int (*conn_event)(void *self, struct conn *c, const struct atls_event *e);
	/* Not of a renegotiation. */
	int (*handshake_done)(void *self, struct conn *c, const struct atls_handshake *e);
	int (*conn_freed)(void *self, struct conn *c);
	int (*conn_left)(void *self, struct conn *c);

	/* wait_*, fds_asked, fd_changed, wake, callback_fire, fd_ready; wake_stray: w may be NULL */
	int (*wctx_event)(void *self, struct wctx *w, const struct atls_event *e);
	/* Its connection was freed: libssl frees it next. */
	int (*wctx_dropped)(void *self, struct wctx *w);
	int (*wctx_freed)(void *self, struct wctx *w);
	int (*wctx_left)(void *self, struct wctx *w);

	/* The fd may be one that the wait context had already. */
	int (*wfd_set)(void *self, struct wfd *f, const struct atls_wait_fd_set *e);
	/* wait_fd_watch, wake, fd_ready */
	int (*wfd_event)(void *self, struct wfd *f, const struct atls_event *e);
	/* NULL if that it was set has not been seen. */
	int (*wfd_cleared)(void *self, struct wfd *f);

	/* The job that waits, or NULL. */
	int (*task_submitted)(void *self, struct task *k, struct job *j,
			      const struct atls_engine_submit *e);
	int (*task_begun)(void *self, struct task *k);
	int (*task_done)(void *self, struct task *k, const struct atls_engine_done *e);
	/* Its serial is given to another task, so its end is missing. */
	int (*task_lost)(void *self, struct task *k);
	int (*task_left)(void *self, struct task *k);
	/* An operation that was never a task; job and connection may be NULL. */
	int (*done_in_place)(void *self, struct job *j, struct conn *c,
			     const struct atls_engine_inplace *e);
};

/* Where things of a kind come from. */
struct atls_track_pool {
	struct atls_slab slab;
	size_t at[ATLS_OBSERVERS]; /* offsets of the parts */
};

/* Observers look at thread, now and lost_until; the rest is the tracker's own. */
struct atls_tracker {
	struct thread *thread; /* of the event in hand, or of the last one */
	int64_t now;	       /* its time */
	int64_t lost_until;    /* end of the latest lost stretch that has begun, or ATLS_NULL */
	struct atls_totals totals;
	struct atls_observer observers[ATLS_OBSERVERS];
	struct atls_track_pool pools[ATLS_KINDS];
	/* By pid; all others by pid and tid or serial, see atls_track_key(). */
	struct atls_map processes;
	struct atls_map threads, jobs, conns, wctxs, tasks;
	uint32_t last_upid, last_utid;
	int64_t last_job, last_conn;
};

/* NULL if there is no memory. */
struct atls_tracker *atls_tracker_create(void);
/* Let o be told, which is copied, from the first event on. At most one observer each. */
void atls_tracker_observe(struct atls_tracker *t, enum atls_observer_id id,
			  const struct atls_observer *o);
/* Feed records as a reader gives them. 0 or -errno. */
int atls_tracker_event(struct atls_tracker *t, const struct atls_event *e);
int atls_tracker_lost(struct atls_tracker *t, const struct atls_lost *l);
/* The trace has ended: tell what is left open. 0 or -errno. */
int atls_tracker_finish(struct atls_tracker *t);
/* The open job with that serial in a process, or NULL. */
struct job *atls_tracker_job(const struct atls_tracker *t, const struct process *p,
			     uint32_t serial);
/* The observers come to their ends themselves. NULL is fine. */
void atls_tracker_destroy(struct atls_tracker *t);
