/* SPDX-License-Identifier: Apache-2.0 */
/* Every question about wait fds, the stale deletion that OpenSSL reports, and who watches them. */
// EVENTS wait_fd_set=4 wait_fd_clear=4 fds_asked=5 fd_changed=3 wait_ctx_new=2 wait_ctx_free=2
// LINE wait_fd_set wctx=1 again=1
// LINE fds_asked wctx=1 fds=all added=1
// LINE fds_asked wctx=1 fds=changed added=1 deleted=1
// LINE fd_changed wctx=1 added=0
// LINE fds_asked wctx=2 fds=all added=0
#include <fcntl.h>
#include <openssl/async.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "pair.h"

static const char key, other;
static int fds[3];

static int work(void *args)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_get_wait_ctx(ASYNC_get_current_job());
	OSSL_ASYNC_FD fd;
	void *custom;

	CHECK(ASYNC_WAIT_CTX_set_wait_fd(ctx, &key, fds[0], &fds[0], NULL));
	printf("found: %d\n",
	       ASYNC_WAIT_CTX_get_fd(ctx, &key, &fd, &custom) && fd == fds[0] && custom == &fds[0]);
	CHECK(ASYNC_pause_job());
	CHECK(ASYNC_WAIT_CTX_clear_fd(ctx, &key));
	CHECK(ASYNC_WAIT_CTX_set_wait_fd(ctx, &key, fds[1], NULL, NULL));
	CHECK(ASYNC_pause_job());
	CHECK(ASYNC_WAIT_CTX_set_wait_fd(ctx, &key, fds[2], NULL, NULL));
	CHECK(ASYNC_WAIT_CTX_set_wait_fd(ctx, &other, fds[0], NULL, NULL));
	return 1;
}

static void ask(ASYNC_WAIT_CTX *ctx)
{
	OSSL_ASYNC_FD add[4], del[4], all[4];
	size_t nadd, ndel, nall;

	CHECK(ASYNC_WAIT_CTX_get_all_fds(ctx, NULL, &nall));
	CHECK(ASYNC_WAIT_CTX_get_all_fds(ctx, all, &nall));
	CHECK(ASYNC_WAIT_CTX_get_changed_fds(ctx, NULL, &nadd, NULL, &ndel));
	CHECK(ASYNC_WAIT_CTX_get_changed_fds(ctx, add, &nadd, del, &ndel));
	printf("all %zu, added %zu, deleted %zu\n", nall, nadd, ndel);
}

int main(void)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_WAIT_CTX_new(), *empty = ASYNC_WAIT_CTX_new();
	ASYNC_JOB *job = NULL;
	size_t n = 7;
	int ret;

	for (int i = 0; i < 3; i++)
		fds[i] = eventfd(0, 0);
	while (ASYNC_start_job(&job, ctx, &ret, work, NULL, 0) == ASYNC_PAUSE)
		ask(ctx);
	ASYNC_WAIT_CTX_free(ctx);
	CHECK(ASYNC_WAIT_CTX_get_all_fds(empty, NULL, &n));
	printf("none: %zu\n", n);
	ASYNC_WAIT_CTX_free(empty);
	return 0;
}
