/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of lint share: the state that rules look at. */
#pragma once

#include "base/map.h"
#include "base/slab.h"
#include "lint/lint.h"

#define WATCHED_FDS 8

struct lint_process {
	uint32_t pid;
	int64_t begin;
	uint8_t mode;
	bool async;	   /* SSL_MODE_ASYNC was set on something */
	bool ctx_callback; /* a callback was set on an SSL_CTX */
	uint32_t nofile;
	int64_t fds, fds_peak;
	uint32_t fds_peak_tid;
	int64_t jobs, pauses, resumes;
	int64_t notices; /* wakes, callbacks and dones: 0 if they cannot be seen here */
	int64_t server_handshakes;
	int64_t paused_handshakes, handshake_pauses;
	int64_t submits, no_job;
	int64_t in_place[8], in_place_ns[8]; /* by enum reason */
};

struct lint_thread {
	uint32_t tid;
	struct lint_process *process;
	bool engine;  /* a worker of the built-in engine */
	bool loops;   /* waits for events */
	bool pool;    /* has a pool of jobs */
	bool cleaned; /* its pool was cleaned up with jobs in it */
	int64_t open; /* jobs that it started and that have not ended */
	int64_t abandoned;
	uint32_t pool_max;
	uint32_t error_conn; /* the connection whose call failed last */
	int64_t error_ts;
};

struct lint_wctx;
struct lint_conn;

struct lint_job {
	uint32_t serial;
	struct lint_process *process;
	struct lint_thread *thread; /* that started it, or was first seen with it */
	struct lint_conn *conn;	    /* NULL: none, or freed */
	struct lint_wctx *wctx;
	int64_t begin, pause;
	int64_t noticed; /* first done, wake, callback or readiness since it was resumed, or ATLS_NULL */
	uint32_t pauses, tasks_open;
	uint32_t idle;	     /* resumes in a row without progress */
	uint32_t ignored;    /* pauses in a row without effect */
	uint32_t retries;    /* pauses in a row with nothing submitted, as the device was full */
	uint32_t self_wakes; /* pauses that it was woken from by itself */
	uint32_t blocks;     /* depth of ASYNC_block_pause */
	uint8_t op;
	bool partial; /* its start was not seen */
	bool paused, freed, submitted, self_wake;
	bool done;		/* by the built-in engine, since it was resumed */
	int64_t woken, ready;	/* the first since then, or ATLS_NULL */
	bool asked;		/* for its wait fds, since it paused */
	bool asked_ever, again; /* asked at any time; a second SSL call followed */
	bool own_engine;	/* the built-in engine works for it */
};

struct lint_conn {
	uint32_t serial;
	struct lint_process *process;
	struct lint_job *job;
	int64_t begin;
	uint32_t wctx;	 /* its wait context, 0 if not known */
	uint32_t pauses; /* in its handshake */
	uint8_t error;	 /* of the last call */
	bool handshaken, started, callback;
	bool paused_in_call;
	bool finished_in_call;
};

struct lint_fd {
	int32_t fd;
	bool watched;
};

struct lint_wctx {
	uint32_t serial;
	struct lint_process *process;
	struct lint_job *job;
	int64_t begin;
	struct lint_fd fds[WATCHED_FDS];
	int nfds;
	/* What the program was told of changes. */
	int32_t added[WATCHED_FDS];
	int nadded;
	struct {
		int32_t fd;
		uint32_t generation;
	} deleted[WATCHED_FDS];
	int ndeleted;
	uint32_t generation; /* counts resumes and ends of jobs */
	uint32_t sets, pauses, readies;
	uint32_t most_fds, growths;
	bool callback, fired;
	uint8_t status; /* ASYNC_STATUS_* */
};

struct lint_task {
	struct lint_process *process;
	uint32_t job;
};

struct atls_lint {
	const struct atls_model *model;
	int64_t limit[ATLS_NLIMITS];
	struct atls_map processes, threads, jobs, conns, wctxs, tasks;
	struct atls_slab job_slab, conn_slab, wctx_slab, task_slab;
	struct lint_thread *thread; /* of the event in hand */
	int64_t now;		    /* its time */
	int64_t lost_until;	    /* end of the latest lost stretch that has begun */
	struct atls_finding *findings;
	int64_t withheld[ATLS_NRULES];
};

/* One occurrence of a rule. What is left out is not known or has no meaning. */
struct hit {
	enum atls_rule_id rule;
	const char *detail;
	const struct lint_process *process; /* default: of the event */
	const struct lint_job *job;
	const struct lint_conn *conn;
	const int32_t *fd;
	int64_t since;	  /* begin of the state that is judged; default: of job or connection */
	int64_t cost_ns;  /* 0: none */
	bool no_thread;	  /* the thread of the event is not to blame */
	bool note_only;	  /* not worse than a note */
	bool uncertain;	  /* less certain than the rule in general */
	const char *note; /* copied */
};

/* lint-finding.c: count an occurrence, or withhold it. 0 or -ENOMEM. */
int atls_lint_hit(struct atls_lint *l, const struct hit *h);
/* Drop the findings of a rule in one process. */
void atls_lint_drop(struct atls_lint *l, enum atls_rule_id rule, uint32_t pid);
/* How many occurrences a rule has in one process. */
int64_t atls_lint_count(const struct atls_lint *l, enum atls_rule_id rule, uint32_t pid);

#define HIT(l, rule_, detail_, ...) \
	atls_lint_hit(              \
		(l), &(struct hit){ .rule = ATLS_RULE_##rule_, .detail = (detail_), __VA_ARGS__ })

static inline uint64_t lint_key(const struct lint_process *p, uint32_t serial)
{
	return (uint64_t)(p->pid + 1) << 32 | serial;
}

/* The thing with that serial in the current process. find: NULL if it is not known; get: made then. */
struct lint_job *atls_lint_find_job(struct atls_lint *l, uint32_t serial);
struct lint_job *atls_lint_get_job(struct atls_lint *l, uint32_t serial);
struct lint_conn *atls_lint_get_conn(struct atls_lint *l, uint32_t serial);
struct lint_wctx *atls_lint_get_wctx(struct atls_lint *l, uint32_t serial);
struct lint_wctx *atls_lint_find_wctx(struct atls_lint *l, uint32_t serial);

/* lint-job.c */
int atls_lint_job_event(struct atls_lint *l, const struct atls_event *e);
int atls_lint_pool_event(struct atls_lint *l, const struct atls_event *e);
int atls_lint_engine_event(struct atls_lint *l, const struct atls_event *e);
/* Its connection or wait context is being freed. */
int atls_lint_abandon(struct atls_lint *l, struct lint_job *j, const struct lint_conn *c);
/* Something told that the operation is done. */
int atls_lint_notice(struct atls_lint *l, struct lint_job *j, const struct atls_event *e);
int atls_lint_job_left(struct atls_lint *l, struct lint_job *j);

/* lint-wait.c */
int atls_lint_wait_event(struct atls_lint *l, const struct atls_event *e);
/* The job on the wait context is resumed, or has ended. */
int atls_lint_wait_over(struct atls_lint *l, struct lint_wctx *w, const struct lint_job *j);
int atls_lint_wctx_left(struct atls_lint *l, struct lint_wctx *w);
/* The wait context is being freed; NULL is fine. */
int atls_lint_wctx_free(struct atls_lint *l, struct lint_wctx *w);

/* lint-conn.c */
int atls_lint_conn_event(struct atls_lint *l, const struct atls_event *e);

/* lint-process.c: what can only be said at the end. */
int atls_lint_process_left(struct atls_lint *l, const struct lint_process *p);
