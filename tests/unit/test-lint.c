/* SPDX-License-Identifier: Apache-2.0 */
/* Lint: what is one finding, and whom it names. */
#include "lint/lint.h"
#include "model/tracker.h"
#include "test.h"

static struct atls_tracker *t;
static struct atls_lint *l;
static int64_t now;
static int failed;

static void begin(void)
{
	int64_t limits[ATLS_NLIMITS];

	atls_limit_defaults(limits);
	t = atls_tracker_create();
	l = atls_lint_create(t, limits);
	now = failed = 0;
}

static void end(void)
{
	is(failed, 0, "all events were taken");
	atls_lint_destroy(l);
	atls_tracker_destroy(t);
}

/* An event of process pid, a second after the one before. */
#define PLAY(pid_, name, ...)                                                                  \
	do {                                                                                   \
		struct atls_event e_ = { .pid = (pid_), .tid = (pid_), .id = ATLS_EV_##name }; \
                                                                                               \
		e_.ts = now += 1000000000;                                                     \
		e_.name = (struct atls_##name){ __VA_ARGS__ };                                 \
		failed |= atls_tracker_event(t, &e_);                                          \
	} while (0)

/* A handshake's job pauses; all its numbers are n. */
static void pause_handshake(uint32_t pid, uint32_t n)
{
	PLAY(pid, ssl_begin, .conn = n, .op = ATLS_OP_HANDSHAKE);
	PLAY(pid, job_start, .job = n, .conn = n, .wctx = n, .op = ATLS_OP_HANDSHAKE);
	PLAY(pid, job_pause, .job = n);
}

/* The n-th finding of the rule, or an empty one. */
static const struct atls_finding *finding(enum atls_rule_id rule, int n)
{
	static const struct atls_finding none;

	for (const struct atls_finding *f = atls_lint_findings(l); f; f = f->next)
		if (f->rule == rule && !n--)
			return f;
	return &none;
}

static void tells_cases_apart(void)
{
	const struct atls_finding *f;

	begin();
	pause_handshake(7, 1);
	PLAY(7, ssl_begin, .conn = 1, .op = ATLS_OP_READ);
	PLAY(7, ssl_begin, .conn = 1, .op = ATLS_OP_WRITE);
	PLAY(7, ssl_begin, .conn = 1, .op = ATLS_OP_READ);
	f = finding(ATLS_RULE_DATA_WHILE_PAUSED, 0);
	is(f->which, ATLS_CASE_DATA_WHILE_PAUSED_READ, "the case that came first is first");
	is(f->count, 2, "the same case in the same process is one finding");
	f = finding(ATLS_RULE_DATA_WHILE_PAUSED, 1);
	is(f->which, ATLS_CASE_DATA_WHILE_PAUSED_WRITE, "another case is another finding");
	is(f->count, 1, "and is counted by itself");
	pause_handshake(8, 1);
	PLAY(8, ssl_begin, .conn = 1, .op = ATLS_OP_READ);
	f = finding(ATLS_RULE_DATA_WHILE_PAUSED, 2);
	is(f->pid, 8, "another process is another finding");
	end();
}

static void blames_the_job_s_process(void)
{
	const struct atls_finding *f;

	begin();
	PLAY(8, loop_enter, .timeout = -1);
	pause_handshake(7, 1);
	PLAY(7, wake, .wctx = 1, .fd = 5);
	PLAY(8, loop_exit, .ready = 1);
	PLAY(8, loop_enter, .timeout = -1);
	is(atls_tracker_finish(t), 0, "the end is fine");
	f = finding(ATLS_RULE_LOST_WAKE, 0);
	is(f->count, 1, "a job that is left is a finding");
	is(f->pid, 7, "of its own process, whichever spoke last");
	is(f->example[0].job_id, 1, "with its id");
	is(f->example[0].conn_id, 1, "and that of its connection");
	end();
}

static void names_what_it_first_hears_of(void)
{
	const struct atls_finding *f;

	begin();
	PLAY(7, loop_exit, .ready = 1);
	PLAY(7, engine_inplace, .conn = 3, .cost = 1000000000);
	f = finding(ATLS_RULE_BUSY_LOOP, 0);
	is(f->example[0].conn_id, 1, "a connection that the event made known has its id");
	end();
}

/* Events are missing: libssl has one job a connection and wait context. */
static void survives_two_jobs_of_one_connection(void)
{
	begin();
	pause_handshake(7, 1);
	PLAY(7, job_start, .job = 2, .conn = 1, .wctx = 1, .op = ATLS_OP_HANDSHAKE);
	PLAY(7, job_pause, .job = 2);
	PLAY(7, job_finish, .job = 2, .ret = 1);
	PLAY(7, ssl_free, .conn = 1);
	PLAY(7, wait_ctx_free, .wctx = 1);
	is(t->conns.used, 0, "the connection is gone");
	is(t->wctxs.used, 1, "its wait context stays for the other job");
	PLAY(7, job_resume, .job = 1);
	PLAY(7, job_finish, .job = 1, .ret = 1);
	is(t->jobs.used + t->wctxs.used, 0, "and goes with it");
	end();
}

int main(void)
{
	tells_cases_apart();
	blames_the_job_s_process();
	names_what_it_first_hears_of();
	survives_two_jobs_of_one_connection();
	return done();
}
