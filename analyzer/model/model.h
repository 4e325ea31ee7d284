/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model: events in, finished rows out.
 *
 *   reader --> model --> sink (SQLite, a test, a live view)
 *
 * It holds what is open (jobs, connections, engine operations, keyed by process and serial id), and
 * one small record a process and a thread; a row is handed out as soon as it is complete, in no
 * particular order. So its memory does not grow with the trace.
 */
#pragma once

#include <stdbool.h>

#include "base/codes.h"
#include "base/events.h"

/* Rows. Times in ns; ATLS_NULL where a number is not known; dur is -1 if unfinished. */

struct atls_row_job {
	int64_t job_id;
	int64_t conn_id; /* or ATLS_NULL */
	int64_t ts, dur;
	int64_t phase_ns[ATLS_NPHASES];
	int64_t ret;
	int64_t open_phase; /* enum atls_phase it was in at the end of the trace, or ATLS_NULL */
	uint32_t utid, upid, serial, pauses, evidence;
	uint8_t op, outcome;
};

struct atls_row_slice {
	int64_t job_id;
	int64_t ts, dur;
	uint32_t seq, utid;
	uint32_t home; /* thread on which the job began; not in the table */
	uint8_t phase;
};

/* One pause of a job and what was seen of it, before any interpretation. */
struct atls_row_wait {
	int64_t job_id;
	int64_t pause, resume; /* resume is ATLS_NULL if it never came */
	int64_t done, wake, ready, fire;
	uint32_t seq, waker, evidence;
};

struct atls_row_conn {
	int64_t conn_id;
	int64_t ts, dur;
	int64_t ptr, side, version, cipher, resumed;
	int64_t hs_ts, hs_dur;
	int64_t group, sigalg; /* on the wire */
	int64_t name;	       /* id of a string */
	uint32_t upid, serial;
};

struct atls_row_op {
	int64_t op_id;
	int64_t job_id, conn_id; /* or ATLS_NULL */
	int64_t ts;
	int64_t queue_ns, service_ns;
	int64_t ok, reason;
	int64_t utid;
	int64_t job_op; /* of the job, or ATLS_NULL; not in the table */
	uint16_t bits;
	uint8_t crypto, alg;
};

struct atls_row_wctx {
	int64_t wctx_id;
	int64_t ts, dur;
	int64_t status; /* the last, or ATLS_NULL if none was set */
	uint32_t upid, serial, jobs, fds;
	uint8_t callback; /* 1 if one was ever set */
};

/* An fd while a wait context has it. */
struct atls_row_wfd {
	int64_t fd_id, wctx_id;
	int64_t ts, dur;
	int64_t wakes, readies;
	int32_t fd;
	uint32_t utid; /* that set it */
	uint8_t watched;
};

/* An outermost SSL call: not of a job, which several may start and resume. */
struct atls_row_call {
	int64_t call_id, conn_id;
	int64_t ts, dur;
	int32_t ret;
	uint32_t utid;
	uint8_t op, error;
};

/* All calls of one kind that ended with one error. */
struct atls_row_tally {
	uint8_t op, error;
	int64_t calls, sum_ns, max_ns;
};

struct atls_row_process {
	int64_t ts, end_ts;
	int64_t mode, openssl;
	int64_t submits, in_place; /* operations given to the built-in engine's workers, or not */
	int64_t waits;		   /* of the bridge inside its wrapper */
	uint32_t upid, pid;
	char name[17];
};

struct atls_row_thread {
	int64_t role;
	/* Turns of its event loop: from the return of one wait to the begin of the next. */
	int64_t turns, turn_ns, turn_max_ns, wait_ns;
	int64_t jobs; /* that began on it */
	uint32_t utid, upid, tid;
	char name[17]; /* "" if not known */
};

/* A thread's pool of jobs, which the program made. */
struct atls_row_pool {
	int64_t pool_id;
	int64_t ts, dur;
	uint32_t utid, max, init; /* max is 0 for no limit */
};

/* What there is a number of at any time. */
enum atls_level {
	ATLS_LEVEL_INFLIGHT, /* jobs */
	ATLS_LEVEL_QUEUED,   /* engine operations that wait for a worker */
	ATLS_LEVEL_SERVED,   /* and those that one does */
	ATLS_LEVELS
};

/*
 * Who takes the rows. Each function returns 0, or -errno, which ends the analysis and is passed on.
 * A row's job_id, conn_id and utid may be named before their own rows come.
 */
struct atls_sink {
	int (*job)(void *ctx, const struct atls_row_job *row);
	int (*slice)(void *ctx, const struct atls_row_slice *row);
	int (*wait)(void *ctx, const struct atls_row_wait *row);
	int (*conn)(void *ctx, const struct atls_row_conn *row);
	int (*op)(void *ctx, const struct atls_row_op *row);
	int (*process)(void *ctx, const struct atls_row_process *row);
	int (*thread)(void *ctx, const struct atls_row_thread *row);
	int (*lost)(void *ctx, const struct atls_lost *row);
	/* May be NULL, both or neither: then wait contexts cost nothing. */
	int (*wctx)(void *ctx, const struct atls_row_wctx *row);
	int (*wfd)(void *ctx, const struct atls_row_wfd *row);
	/* May be NULL: each SSL call; and at the end how many there were. */
	int (*call)(void *ctx, const struct atls_row_call *row);
	int (*tally)(void *ctx, const struct atls_row_tally *row);
	/* May be NULL: one turn of a thread's event loop, or one wait between two. */
	int (*turn)(void *ctx, uint32_t utid, int64_t ts, int64_t dur, bool wait);
	/* May be NULL. */
	int (*pool)(void *ctx, const struct atls_row_pool *row);
	/* A text that rows have named by its id; all come at the end. */
	int (*string)(void *ctx, int64_t id, const char *text);
	/* May be NULL: from ts on, delta (1 or -1) more are open. */
	int (*open)(void *ctx, enum atls_level level, int64_t ts, int delta);
};

struct atls_totals {
	int64_t t0, t1; /* first and last event; ATLS_NULL if there was none */
	int64_t events, lost_events, lost_packets;
	int64_t jobs, jobs_paused, conns, ops;
	int64_t by_event[ATLS_EV_COUNT];
};

struct atls_model;

/* sink and ctx must outlive the model. NULL if there is no memory. */
struct atls_model *atls_model_create(const struct atls_sink *sink, void *ctx);
/* Feed records as a reader gives them. 0 or -errno. */
int atls_model_event(struct atls_model *m, const struct atls_event *e);
int atls_model_lost(struct atls_model *m, const struct atls_lost *l);
/* The trace has ended: hand out what is open, then processes and threads. */
int atls_model_finish(struct atls_model *m);
/* Valid until the model is destroyed. */
const struct atls_totals *atls_model_totals(const struct atls_model *m);
/* The id of an open job or connection by the process's own number, ATLS_NULL if there is none. */
int64_t atls_model_job_id(const struct atls_model *m, uint32_t pid, uint32_t serial);
int64_t atls_model_conn_id(const struct atls_model *m, uint32_t pid, uint32_t serial);
/* NULL is fine. */
void atls_model_destroy(struct atls_model *m);
