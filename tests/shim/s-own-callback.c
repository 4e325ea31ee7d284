/* SPDX-License-Identifier: Apache-2.0 */
/* A program with its engine inside: it sets the callback, and calls what its job has asked for. */
// EVENTS wait_callback=1 callback_fire=1 job_pause=1
// ORDER wait_callback job_pause callback_fire job_resume
#include <openssl/async.h>

#include "pair.h"

static ASYNC_callback_fn wake;
static void *wake_arg;

static int woken(void *arg)
{
	printf("woken: %s\n", (const char *)arg);
	return 1;
}

static int offload(void *args)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_get_wait_ctx(ASYNC_get_current_job());

	CHECK(ASYNC_WAIT_CTX_get_callback(ctx, &wake, &wake_arg));
	return ASYNC_pause_job();
}

int main(void)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_WAIT_CTX_new();
	ASYNC_callback_fn got;
	ASYNC_JOB *job = NULL;
	char word[] = "argument";
	void *arg;
	int ret;

	CHECK(ASYNC_WAIT_CTX_set_callback(ctx, woken, word));
	CHECK(ASYNC_start_job(&job, ctx, &ret, offload, NULL, 0) == ASYNC_PAUSE);
	CHECK(ASYNC_WAIT_CTX_get_callback(ctx, &got, &arg) && got == woken && arg == word);
	printf("called: %d\n", wake(wake_arg));
	CHECK(ASYNC_start_job(&job, ctx, &ret, offload, NULL, 0) == ASYNC_FINISH);
	ASYNC_WAIT_CTX_free(ctx);
	return 0;
}
