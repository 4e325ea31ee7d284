/* SPDX-License-Identifier: Apache-2.0 */
/* A pool of one job: the second start is refused until the first has finished. */
// EVENTS job_start=3 job_no_jobs=1 job_pause=1 job_finish=2
#include <openssl/async.h>
#include <stdio.h>

#include "pair.h"

static int work(void *args)
{
	if (*(int *)args)
		CHECK(ASYNC_pause_job());
	return 5;
}

int main(void)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_WAIT_CTX_new();
	ASYNC_JOB *a = NULL, *b = NULL;
	int ret = -1, pausing = 1, not_pausing = 0;

	CHECK(ASYNC_init_thread(1, 1));
	CHECK(ASYNC_start_job(&a, ctx, &ret, work, &pausing, sizeof(int)) == ASYNC_PAUSE);
	printf("second: %d\n",
	       ASYNC_start_job(&b, ctx, &ret, work, &not_pausing, sizeof(int)) == ASYNC_NO_JOBS);
	CHECK(ASYNC_start_job(&a, ctx, &ret, work, &pausing, sizeof(int)) == ASYNC_FINISH);
	CHECK(ASYNC_start_job(&b, ctx, &ret, work, &not_pausing, sizeof(int)) == ASYNC_FINISH);
	printf("%d\n", ret);
	ASYNC_WAIT_CTX_free(ctx);
	ASYNC_cleanup_thread();
	return 0;
}
