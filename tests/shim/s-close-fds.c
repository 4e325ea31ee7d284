/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that closes every fd it does not know, and then has files of its own under those
 * numbers.
 */
// EVENTS job_start=4 job_finish=4
// LTTNG only
#include <errno.h>
#include <fcntl.h>
#include <openssl/async.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pair.h"

#define FILES 60

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

static void close_each(void)
{
	int closed = 0;

	for (int fd = 3; fd < 30000; fd++)
		closed += !close(fd);
	printf("closed %d\n", closed);
}

/* Files of the program under the lowest numbers; the next way of closing takes care of them. */
static void own_files(const char *how)
{
	char name[] = "/tmp/asynctls-close-XXXXXX";
	struct stat st;
	long bytes = 0;
	int fds[FILES];

	for (int i = 0; i < FILES; i++) {
		strcpy(name + sizeof(name) - 7, "XXXXXX");
		CHECK((fds[i] = mkstemp(name)) >= 0);
		unlink(name);
	}
	job();
	for (int i = 0; i < FILES; i++) {
		CHECK(!fstat(fds[i], &st));
		bytes += st.st_size;
	}
	printf("%s: first fd %d, last %d, stray bytes %ld\n", how, fds[0], fds[FILES - 1], bytes);
}

int main(void)
{
	job();
	close_each();
	own_files("close");
	CHECK(!close_range(3, ~0U, 0));
	own_files("close_range");
	closefrom(3);
	own_files("closefrom");
	return 0;
}
