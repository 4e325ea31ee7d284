/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that may start no thread, as Dovecot's login processes: LTTng, which needs threads, is
 * not waited for when it first uses OpenSSL, nor is anything recorded.
 */
// EVENTS job_start=0
#include <grp.h>
#include <openssl/async.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <unistd.h>

#include "pair.h"

static int work(void *args)
{
	return 1;
}

int main(void)
{
	const struct rlimit one = { 1, 1 };
	ASYNC_WAIT_CTX *ctx;
	ASYNC_JOB *job = NULL;
	int ret;

	/* Root may have as many as it likes. */
	if (getuid() == 0)
		CHECK(!setgroups(0, NULL) && !setgid(65534) && !setuid(65534));
	CHECK(!setrlimit(RLIMIT_NPROC, &one));
	ctx = ASYNC_WAIT_CTX_new();
	CHECK(ASYNC_start_job(&job, ctx, &ret, work, NULL, 0) == ASYNC_FINISH);
	ASYNC_WAIT_CTX_free(ctx);
	puts("done");
	return 0;
}
