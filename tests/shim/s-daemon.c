/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A daemon as they come: forks, closes, changes its root, drops rights, wipes its environment and
 * its name.
 */
// EVENTS job_start=2 job_finish=2
// LTTNG only
#include <openssl/async.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pair.h"

static int work(void *args)
{
	return 1;
}

static void job(void)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_WAIT_CTX_new();
	ASYNC_JOB *j = NULL;
	int ret;

	CHECK(ASYNC_start_job(&j, ctx, &ret, work, NULL, 0) == ASYNC_FINISH);
	ASYNC_WAIT_CTX_free(ctx);
}

/* As nginx does in order to set its title. */
static void wipe_environment(void)
{
	for (char **e = environ; *e; e++)
		memset(*e, 0, strlen(*e));
}

static void be_daemon(void)
{
	wipe_environment();
	setsid();
	closefrom(3);
	if (geteuid() == 0) {
		CHECK(!chroot("/var/empty") || !chroot("/tmp"));
		CHECK(!setgid(65534) && !setuid(65534));
	}
	CHECK(!chdir("/"));
	job();
}

int main(void)
{
	int status;
	pid_t child;

	job();
	child = fork();
	if (!child) {
		be_daemon();
		_exit(7);
	}
	CHECK(waitpid(child, &status, 0) == child);
	printf("daemon: %d\n", WEXITSTATUS(status));
	return 0;
}
