/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A traced process executes itself, directly and from a forked child: each is a new process to the
 * trace.
 */
// EVENTS job_start=3 job_finish=3 thread=3
#include <openssl/async.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pair.h"

static int work(void *args)
{
	return 1;
}

int main(int argc, char **argv)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_WAIT_CTX_new();
	ASYNC_JOB *job = NULL;
	int ret, status;
	pid_t child;

	CHECK(ASYNC_start_job(&job, ctx, &ret, work, NULL, 0) == ASYNC_FINISH);
	printf("generation %d\n", argc);
	fflush(stdout);
	if (argc == 1) {
		child = fork();
		if (!child) {
			execl("/proc/self/exe", argv[0], "2", NULL);
			_exit(1);
		}
		CHECK(waitpid(child, &status, 0) == child && status == 0);
		execl("/proc/self/exe", argv[0], "2", "3", NULL);
	}
	return 0;
}
