/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pausing that is blocked, nested blocks, pausing outside a job, and a block that its job forgot.
 */
// EVENTS pause_blocked=2 pause_unblocked=1 pause_ignored=3 job_start=3 job_pause=0 job_finish=3
// ORDER job_start pause_blocked pause_ignored pause_unblocked job_finish pause_blocked job_finish pause_ignored
#include <openssl/async.h>
#include <stdio.h>

#include "pair.h"

static int blocks(void *args)
{
	ASYNC_block_pause();
	ASYNC_block_pause();
	ASYNC_unblock_pause();
	printf("pause while blocked: %d\n", ASYNC_pause_job());
	ASYNC_unblock_pause();
	return 1;
}

static int forgets(void *args)
{
	ASYNC_block_pause();
	return 2;
}

static int pauses(void *args)
{
	printf("pause that another job blocked: %d\n", ASYNC_pause_job());
	return 3;
}

static void run(int (*func)(void *))
{
	ASYNC_WAIT_CTX *ctx = ASYNC_WAIT_CTX_new();
	ASYNC_JOB *job = NULL;
	int ret;

	CHECK(ASYNC_start_job(&job, ctx, &ret, func, NULL, 0) == ASYNC_FINISH);
	printf("%d\n", ret);
	ASYNC_WAIT_CTX_free(ctx);
}

int main(void)
{
	run(blocks);
	ASYNC_block_pause(); /* without effect outside a job */
	printf("pause outside: %d\n", ASYNC_pause_job());
	run(forgets);
	run(pauses);
	return 0;
}
