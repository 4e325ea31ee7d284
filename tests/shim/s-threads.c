/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two threads with many jobs each, paused and resumed in odd orders: pooled pointers never confuse
 * their ids.
 */
// EVENTS job_start=400 job_pause=800 job_resume=800 job_finish=400
// EVENTS job_error=0 thread=3 thread_end=2
// JOBS yes
#include <openssl/async.h>
#include <pthread.h>
#include <stdio.h>

#include "pair.h"

#define JOBS 20
#define ROUNDS 10

static int work(void *args)
{
	CHECK(ASYNC_pause_job());
	CHECK(ASYNC_pause_job());
	return *(int *)args;
}

static void *thread(void *sum)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_WAIT_CTX_new();
	ASYNC_JOB *jobs[JOBS] = { NULL };

	for (int round = 0; round < ROUNDS; round++) {
		for (int pass = 0; pass < 3; pass++)
			for (int i = 0; i < JOBS; i++) {
				int at = (i * 7 + round) % JOBS, ret = 0;

				CHECK(ASYNC_start_job(&jobs[at], ctx, &ret, work, &at,
						      sizeof(at)) ==
				      (pass < 2 ? ASYNC_PAUSE : ASYNC_FINISH));
				*(int *)sum += pass < 2 ? 0 : ret;
			}
	}
	ASYNC_WAIT_CTX_free(ctx);
	return NULL;
}

int main(void)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_WAIT_CTX_new();
	pthread_t ids[2];
	int sums[2] = { 0, 0 };

	for (int i = 0; i < 2; i++)
		CHECK(!pthread_create(&ids[i], NULL, thread, &sums[i]));
	for (int i = 0; i < 2; i++)
		CHECK(!pthread_join(ids[i], NULL));
	printf("%d %d\n", sums[0], sums[1]);
	ASYNC_WAIT_CTX_free(ctx);
	return 0;
}
