/* SPDX-License-Identifier: Apache-2.0 */
/* Faults in the handling of jobs and threads. */
#include "faults.h"

#include <pthread.h>
#include <sys/wait.h>

FAULT(pool_exhausted)
{
	struct work a, b;

	CHECK(ASYNC_init_thread(1, 1));
	work_init(&a, 1);
	work_init(&b, 1);
	CHECK(work_go(&a) == ASYNC_PAUSE);
	work_wake(&a);
	if (healthy)
		CHECK(work_go(&a) == ASYNC_FINISH);
	CHECK(work_go(&b) == (healthy ? ASYNC_PAUSE : ASYNC_NO_JOBS));
	if (healthy)
		work_wake(&b);
	while (a.job && work_go(&a) != ASYNC_FINISH)
		;
	while (b.job && work_go(&b) != ASYNC_FINISH)
		;
	work_finish(&a);
	work_finish(&b);
}

FAULT(init_thread_twice)
{
	CHECK(ASYNC_init_thread(8, 1));
	work_run(1);
	if (healthy)
		ASYNC_cleanup_thread();
	CHECK(ASYNC_init_thread(16, 1));
	work_run(1);
}

static void *one_thread(void *healthy)
{
	struct work w;

	work_init(&w, 1);
	CHECK(work_go(&w) == ASYNC_PAUSE);
	work_wake(&w);
	if (*(bool *)healthy) {
		CHECK(work_go(&w) == ASYNC_FINISH);
		work_finish(&w);
	}
	return NULL;
}

FAULT(thread_ends_with_jobs)
{
	pthread_t thread;

	CHECK(!pthread_create(&thread, NULL, one_thread, &healthy));
	CHECK(!pthread_join(thread, NULL));
}

FAULT(lost_wake)
{
	struct work w;

	work_init(&w, 1);
	CHECK(work_go(&w) == ASYNC_PAUSE);
	work_wake(&w);
	if (healthy)
		CHECK(work_go(&w) == ASYNC_FINISH);
	work_run(1); /* the trace goes on */
}

FAULT(spurious_resume)
{
	struct work w;

	work_run(1);
	work_init(&w, 3);
	while (work_go(&w) == ASYNC_PAUSE)
		if (healthy)
			work_wake(&w);
	work_finish(&w);
}

FAULT(busy_loop)
{
	struct work w;

	work_init(&w, 60);
	while (work_go(&w) == ASYNC_PAUSE)
		if (healthy)
			work_wake(&w);
	work_finish(&w);
}

static void *go_on(void *w)
{
	CHECK(work_go(w) == ASYNC_PAUSE);
	return NULL;
}

/* Finishing elsewhere would crash; to pause again does not. */
FAULT(cross_thread_resume)
{
	struct work w;
	pthread_t thread;

	work_init(&w, 2);
	CHECK(work_go(&w) == ASYNC_PAUSE);
	work_wake(&w);
	if (healthy)
		go_on(&w);
	else
		CHECK(!pthread_create(&thread, NULL, go_on, &w) && !pthread_join(thread, NULL));
	work_wake(&w);
	CHECK(work_go(&w) == ASYNC_FINISH);
	work_finish(&w);
}

static int blocking(void *healthy)
{
	ASYNC_block_pause();
	if (*(bool *)healthy)
		ASYNC_unblock_pause();
	return 1;
}

FAULT(pause_blocked)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_WAIT_CTX_new();
	ASYNC_JOB *job = NULL;
	int ret;

	CHECK(ASYNC_start_job(&job, ctx, &ret, blocking, &healthy, sizeof(healthy)) ==
	      ASYNC_FINISH);
	ASYNC_WAIT_CTX_free(ctx);
	work_run(1);
}

static int starting(void *args)
{
	struct work w;

	work_init(&w, 0);
	work_go(&w);
	_exit(0); /* OpenSSL has lost this job, and would crash at its end */
}

FAULT(nested_start)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_WAIT_CTX_new();
	ASYNC_JOB *job = NULL;
	int ret;

	work_run(1);
	if (!healthy)
		ASYNC_start_job(&job, ctx, &ret, starting, NULL, 0);
}

/* What an engine does whose ring is full. */
static int retrying(void *args)
{
	struct work *w = *(struct work **)args;

	while (w->pauses-- > 0) {
		CHECK(ASYNC_WAIT_CTX_set_status(w->ctx,
						w->ret ? ASYNC_STATUS_OK : ASYNC_STATUS_EAGAIN));
		ASYNC_pause_job();
	}
	return 1;
}

FAULT(retry_storm)
{
	struct work w, *argument = &w;

	work_init(&w, 6);
	w.ret = healthy;
	while (ASYNC_start_job(&w.job, w.ctx, &(int){ 0 }, retrying, &argument, sizeof(argument)) ==
	       ASYNC_PAUSE)
		work_wake(&w);
	work_finish(&w);
}

FAULT(forked_job)
{
	struct work w;
	pid_t child;
	int status;

	work_init(&w, 1);
	CHECK(work_go(&w) == ASYNC_PAUSE);
	work_wake(&w);
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		if (healthy)
			work_run(1);
		else
			CHECK(work_go(&w) == ASYNC_FINISH);
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && !status);
	CHECK(work_go(&w) == ASYNC_FINISH);
}
