/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stranger puts a file beside the session daemon's directory, where the shim looks for the count
 * of recordings, and truncates it: the process lives on, as it does not read what others can
 * change.
 */
// EVENTS job_start=2 job_finish=2
#include <fcntl.h>
#include <limits.h>
#include <openssl/async.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pair.h"

static int work(void *args)
{
	return 1;
}

static void run_job(void)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_WAIT_CTX_new();
	ASYNC_JOB *job = NULL;
	int ret;

	CHECK(ASYNC_start_job(&job, ctx, &ret, work, NULL, 0) == ASYNC_FINISH);
	ASYNC_WAIT_CTX_free(ctx);
}

/* The shim takes LTTNG_HOME as it is when the process begins. */
static void begin_in(const char *folder, char **argv)
{
	char home[PATH_MAX];

	snprintf(home, sizeof(home), "%s/home", folder);
	CHECK(!setenv("LTTNG_HOME", home, 1));
	CHECK(!execl("/proc/self/exe", argv[0], folder, NULL));
}

int main(int argc, char **argv)
{
	char folder[] = "/tmp/asynctls-test-XXXXXX", path[PATH_MAX];
	int fd;

	if (argc == 1) {
		/* Anybody may write there, as in /tmp. */
		CHECK(mkdtemp(folder) && !chmod(folder, 01777));
		begin_in(folder, argv);
	}
	snprintf(path, sizeof(path), "%s/home.epoch", argv[1]);
	fd = open(path, O_RDWR | O_CREAT, 0644);
	CHECK(fd >= 0 && !ftruncate(fd, 4096));
	run_job();
	CHECK(!ftruncate(fd, 0));
	run_job();
	close(fd);
	CHECK(!unlink(path) && !rmdir(argv[1]));
	puts("still here");
	return 0;
}
