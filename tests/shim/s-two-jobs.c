/* SPDX-License-Identifier: Apache-2.0 */
/* Two jobs on one thread, resumed in the other order, then again: pooled pointers get new ids. */
// EVENTS job_start=4 job_pause=4 job_resume=4 job_finish=4
#include <openssl/async.h>
#include <stdio.h>

#include "pair.h"

static int work(void *args)
{
	CHECK(ASYNC_pause_job());
	return *(int *)args;
}

int main(void)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_WAIT_CTX_new();

	for (int round = 0; round < 2; round++) {
		ASYNC_JOB *a = NULL, *b = NULL;
		int ret_a = -1, ret_b = -1, one = 1, two = 2;

		CHECK(ASYNC_start_job(&a, ctx, &ret_a, work, &one, sizeof(one)) == ASYNC_PAUSE);
		CHECK(ASYNC_start_job(&b, ctx, &ret_b, work, &two, sizeof(two)) == ASYNC_PAUSE);
		CHECK(ASYNC_start_job(&b, ctx, &ret_b, work, &two, sizeof(two)) == ASYNC_FINISH);
		CHECK(ASYNC_start_job(&a, ctx, &ret_a, work, &one, sizeof(one)) == ASYNC_FINISH);
		printf("%d %d\n", ret_a, ret_b);
	}
	ASYNC_WAIT_CTX_free(ctx);
	return 0;
}
