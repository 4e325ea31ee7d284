/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of lint share: what rules know of things beside the tracker, and how they speak.
 */
#pragma once

#include "lint/lint.h"
#include "model/tracker.h"

#define NOTED_FDS 8
#define ATLS_LINT_REASONS 16

struct process_rules {
	bool ctx_callback; /* a callback was set on an SSL_CTX */
	uint32_t nofile;
	int64_t fds, fds_peak; /* wait fds */
	int64_t jobs, pauses, resumes;
	int64_t notices; /* wakes, callbacks and dones: 0 if they cannot be seen here */
	int64_t server_handshakes;
	int64_t paused_handshakes, handshake_pauses;
	int64_t submits, no_job;
	/* By enum reason; one that is not known counts as the last. */
	int64_t in_place[ATLS_LINT_REASONS], in_place_ns[ATLS_LINT_REASONS];
};

struct thread_rules {
	bool loops;   /* waits for events */
	bool pool;    /* has a pool of jobs */
	bool cleaned; /* its pool was cleaned up with jobs in it */
	uint32_t pool_max;
	int64_t abandoned;  /* open jobs that it began and whose connection is freed */
	int64_t error_conn; /* id of the connection whose call failed last, or 0 */
};

struct job_rules {
	/* The first done, wake, callback or readiness since it was resumed, or ATLS_NULL. */
	int64_t noticed;
	int64_t woken;	     /* the first wake or callback since then, or ATLS_NULL */
	int64_t ready;	     /* likewise, readiness of a wait fd */
	uint32_t idle;	     /* resumes in a row without progress */
	uint32_t ignored;    /* pauses in a row without effect */
	uint32_t retries;    /* pauses in a row with nothing submitted, as the device was full */
	uint32_t self_wakes; /* pauses that it was woken from by itself */
	uint32_t blocks;     /* depth of ASYNC_block_pause */
	bool freed;	     /* its connection is, or its wait context */
	bool submitted;	     /* something, since it paused */
	bool self_wake;	     /* it was woken by itself, since it paused */
	bool done;	     /* by the built-in engine, since it was resumed */
	bool asked;	     /* for its wait fds, since it paused */
	bool asked_ever;     /* at any time */
	bool again;	     /* a second SSL call followed */
	bool own_engine;     /* the built-in engine works for it */
};

struct conn_rules {
	uint32_t pauses; /* in its handshake */
	uint8_t error;	 /* of the last call */
	bool started;	 /* a job on it */
	bool callback;
	bool paused_in_call, finished_in_call;
};

struct wctx_rules {
	/* What the program was told of changes. */
	int32_t added[NOTED_FDS];
	int nadded;
	struct {
		int32_t fd;
		uint32_t generation;
	} deleted[NOTED_FDS];
	int ndeleted;
	uint32_t generation; /* counts resumes and ends of jobs */
	uint32_t sets, pauses, readies;
	uint32_t most_fds, growths;
	bool fired;
};

struct atls_lint {
	const struct atls_tracker *tracker;
	int64_t limit[ATLS_NLIMITS];
	struct atls_finding *findings;
	int64_t withheld[ATLS_NRULES];
	int error; /* -ENOMEM once a finding could not be kept */
};

/* The rules' part of something. */
#define RULES(thing) ((thing)->part[ATLS_RULES])

/* One occurrence of a case. What is left out is not known or has no meaning. */
struct hit {
	enum atls_case_id which;
	const struct process *process; /* default: of the job, or else of the event */
	const struct job *job;
	const struct conn *conn;
	const int32_t *fd;
	int64_t since;	  /* begin of the state that is judged; default: of job or connection */
	int64_t cost_ns;  /* 0: none */
	bool no_thread;	  /* the thread of the event is not to blame */
	bool note_only;	  /* not worse than a note */
	bool uncertain;	  /* less certain than the rule in general */
	const char *note; /* copied */
};

/* finding.c: count an occurrence, or withhold it. If there is no memory, l->error says so. */
void atls_lint_hit(struct atls_lint *l, const struct hit *h);
/* Drop the findings of a rule in one process. */
void atls_lint_drop(struct atls_lint *l, enum atls_rule_id rule, uint32_t pid);
/* How many occurrences a rule has in one process. */
int64_t atls_lint_count(const struct atls_lint *l, enum atls_rule_id rule, uint32_t pid);

#define HIT_CASE(l, ...) atls_lint_hit((l), &(struct hit){ .which = __VA_ARGS__ })
#define HIT(l, rule, ...) HIT_CASE(l, ATLS_CASE_##rule##_##__VA_ARGS__)

/* Put into o what the file wants to be told. */
void atls_job_rules_observe(struct atls_observer *o);
void atls_thread_rules_observe(struct atls_observer *o);
void atls_conn_rules_observe(struct atls_observer *o);
void atls_wait_rules_observe(struct atls_observer *o);
void atls_engine_rules_observe(struct atls_observer *o);

/*
 * abandon.c: the job's connection, or its wait context if c is NULL, is being freed. j may be NULL.
 */
void atls_lint_abandon(struct atls_lint *l, const struct job *j, const struct conn *c);
/* Something wakes a job that is abandoned. True if that is all that there is to it. */
bool atls_lint_wake_abandoned(struct atls_lint *l, const struct job *j, const struct atls_event *e);
/* wait.c: the job on the wait context is resumed, or has ended. */
void atls_lint_wait_over(struct atls_lint *l, const struct wctx *w, const struct job *j);
/* process.c: what can only be said at the end. */
void atls_lint_judge_process(struct atls_lint *l, const struct process *p);
