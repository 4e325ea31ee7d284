/* SPDX-License-Identifier: Apache-2.0 */
/* One job that pauses once, woken through an eventfd, with no TLS in sight. */
// EVENTS thread=1 job_start=1 job_pause=1 job_resume=1 job_finish=1 wait_fd_set=1 wake=1 fd_ready=1
// EVENTS ssl_new=0 engine_submit=0
// ORDER job_start wait_fd_set job_pause wake fd_ready job_resume job_finish
#include <openssl/async.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "pair.h"

static const char key;

static void close_fd(ASYNC_WAIT_CTX *ctx, const void *k, OSSL_ASYNC_FD fd, void *custom)
{
	printf("cleanup called with %s key\n", k == &key ? "our" : "another");
	close(fd);
}

static int work(void *args)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_get_wait_ctx(ASYNC_get_current_job());
	int fd = eventfd(0, EFD_NONBLOCK);

	CHECK(ASYNC_WAIT_CTX_set_wait_fd(ctx, &key, fd, NULL, close_fd));
	printf("job got %d\n", *(int *)args);
	CHECK(ASYNC_pause_job());
	puts("job goes on");
	return 42;
}

int main(void)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_WAIT_CTX_new();
	ASYNC_JOB *job = NULL;
	OSSL_ASYNC_FD fd;
	size_t n = 1;
	int ret = -1, argument = 7;
	struct pollfd p = { .events = POLLIN };

	CHECK(ASYNC_start_job(&job, ctx, &ret, work, &argument, sizeof(argument)) == ASYNC_PAUSE);
	CHECK(ASYNC_WAIT_CTX_get_all_fds(ctx, &fd, &n) && n == 1);
	CHECK(eventfd_write(fd, 1) == 0);
	p.fd = fd;
	CHECK(poll(&p, 1, 5000) == 1);
	CHECK(ASYNC_start_job(&job, ctx, &ret, work, &argument, sizeof(argument)) == ASYNC_FINISH);
	printf("finished with %d, job %s\n", ret, job ? "kept" : "gone");
	ASYNC_WAIT_CTX_free(ctx);
	return 0;
}
