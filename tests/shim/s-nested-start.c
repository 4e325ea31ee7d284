/* SPDX-License-Identifier: Apache-2.0 */
/* A job started from inside a job: OpenSSL refuses it, and the trace says what was tried. */
// EVENTS job_start=2 job_nested=1 job_error=1 job_finish=0
// ORDER job_start job_nested job_start job_error
#include <openssl/async.h>
#include <stdio.h>
#include <unistd.h>

#include "pair.h"

static ASYNC_WAIT_CTX *ctx;

static int inner(void *args)
{
	return 1;
}

static int outer(void *args)
{
	ASYNC_JOB *job = NULL;
	int ret;

	printf("inner: %d\n", ASYNC_start_job(&job, ctx, &ret, inner, NULL, 0) == ASYNC_ERR);
	fflush(stdout);
	_exit(0); /* OpenSSL has lost the outer job, and would crash at its end */
}

int main(void)
{
	ASYNC_JOB *job = NULL;
	int ret;

	ctx = ASYNC_WAIT_CTX_new();
	ASYNC_start_job(&job, ctx, &ret, outer, NULL, 0);
	return 1;
}
