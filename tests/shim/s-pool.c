/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread's pool: made, made again, cleaned up with a job still paused; a thread that ends with
 * one.
 */
// EVENTS pool_init>=3 pool_cleanup=1 thread_end=1 process=2
// LINE pool_init max=2 init=1 ok=1
// LINE pool_cleanup paused=1
// LINE thread_end paused=1
// LINE process capable=1
#include <openssl/async.h>
#include <pthread.h>
#include <stdio.h>

#include "pair.h"

static int work(void *args)
{
	ASYNC_pause_job();
	return 0;
}

static void abandon(void)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_WAIT_CTX_new();
	ASYNC_JOB *job = NULL;
	int ret;

	CHECK(ASYNC_start_job(&job, ctx, &ret, work, NULL, 0) == ASYNC_PAUSE);
	ASYNC_WAIT_CTX_free(ctx);
}

static void *thread(void *args)
{
	abandon();
	return NULL;
}

int main(void)
{
	pthread_t id;

	printf("capable %d\n", ASYNC_is_capable());
	printf("%d\n", ASYNC_init_thread(2, 1));
	printf("%d\n", ASYNC_init_thread(3, 0));
	printf("more in advance than in all: %d\n", ASYNC_init_thread(1, 2));
	ERR_clear_error();
	abandon();
	CHECK(!pthread_create(&id, NULL, thread, NULL));
	CHECK(!pthread_join(id, NULL));
	ASYNC_cleanup_thread();
	return 0;
}
