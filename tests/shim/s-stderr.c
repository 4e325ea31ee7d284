/* SPDX-License-Identifier: Apache-2.0 */
/* A daemon that keeps its data in fd 2 finds in it what it wrote, and no complaint of ours. */
// EVENTS job_start=1
#include <openssl/async.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pair.h"

static int work(void *args)
{
	return 1;
}

int main(void)
{
	ASYNC_WAIT_CTX *ctx;
	ASYNC_JOB *job = NULL;
	FILE *data = tmpfile();
	struct stat st;
	int ret;

	CHECK(data && dup2(fileno(data), STDERR_FILENO) == STDERR_FILENO);
	CHECK(!setenv("ASYNCTLS_MODE", "no such mode", 1));
	ctx = ASYNC_WAIT_CTX_new();
	CHECK(ASYNC_start_job(&job, ctx, &ret, work, NULL, 0) == ASYNC_FINISH);
	ASYNC_WAIT_CTX_free(ctx);
	CHECK(!fstat(STDERR_FILENO, &st));
	printf("%ld bytes\n", (long)st.st_size);
	return 0;
}
