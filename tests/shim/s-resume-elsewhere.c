/* SPDX-License-Identifier: Apache-2.0 */
/* A job that is resumed on another thread keeps its id; the trace has both threads. */
// EVENTS job_start=1 job_pause=2 job_resume=2 job_finish=1 thread=2 thread_end=1
// SAME job job_start job_pause job_resume job_finish
// ORDER job_start job_pause job_resume job_pause thread_end job_resume job_finish
#include <openssl/async.h>
#include <pthread.h>
#include <stdio.h>

#include "pair.h"

static ASYNC_WAIT_CTX *ctx;
static ASYNC_JOB *job;
static int ret;

static int work(void *args)
{
	CHECK(ASYNC_pause_job());
	CHECK(ASYNC_pause_job());
	return 9;
}

/* Only a finish on another thread goes wrong in OpenSSL; pausing again is well. */
static void *elsewhere(void *args)
{
	CHECK(ASYNC_start_job(&job, ctx, &ret, work, NULL, 0) == ASYNC_PAUSE);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	ctx = ASYNC_WAIT_CTX_new();
	CHECK(ASYNC_start_job(&job, ctx, &ret, work, NULL, 0) == ASYNC_PAUSE);
	CHECK(!pthread_create(&thread, NULL, elsewhere, NULL));
	CHECK(!pthread_join(thread, NULL));
	CHECK(ASYNC_start_job(&job, ctx, &ret, work, NULL, 0) == ASYNC_FINISH);
	printf("%d\n", ret);
	ASYNC_WAIT_CTX_free(ctx);
	return 0;
}
