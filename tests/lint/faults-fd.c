/* SPDX-License-Identifier: Apache-2.0 */
/* Faults in the handling of wait fds and callbacks. */
#include <fcntl.h>
#include <sys/resource.h>

#include "faults.h"

/*
 * OpenSSL forgets a deletion only at the next resume; the next job of the context gets the same
 * number.
 */
static int one_fd(void *args)
{
	struct work *w = *(struct work **)args;
	ASYNC_WAIT_CTX *ctx = ASYNC_get_wait_ctx(ASYNC_get_current_job());

	CHECK(ASYNC_WAIT_CTX_set_wait_fd(ctx, w, w->fd, NULL, NULL));
	ASYNC_pause_job();
	CHECK(ASYNC_WAIT_CTX_clear_fd(ctx, w));
	return 1;
}

static void ask_changes(ASYNC_WAIT_CTX *ctx)
{
	OSSL_ASYNC_FD add[4], del[4];
	size_t nadd, ndel;

	CHECK(ASYNC_WAIT_CTX_get_changed_fds(ctx, NULL, &nadd, NULL, &ndel) && nadd <= 4 &&
	      ndel <= 4);
	CHECK(ASYNC_WAIT_CTX_get_changed_fds(ctx, add, &nadd, del, &ndel));
}

FAULT(stale_deletion)
{
	struct work w = { .ctx = ASYNC_WAIT_CTX_new(), .fd = eventfd(0, 0) }, *argument = &w;

	for (int i = 0; i < 2; i++) {
		int status;

		do {
			status = ASYNC_start_job(&w.job, w.ctx, &w.ret, one_fd, &argument,
						 sizeof(argument));
			ask_changes(w.ctx);
		} while (status == ASYNC_PAUSE);
		if (!healthy)
			continue;
		ASYNC_WAIT_CTX_free(w.ctx);
		w.ctx = ASYNC_WAIT_CTX_new();
	}
	ASYNC_WAIT_CTX_free(w.ctx);
}

static bool keep_fd;

static void close_it(ASYNC_WAIT_CTX *ctx, const void *key, OSSL_ASYNC_FD fd, void *custom)
{
	close(fd);
}

static int churning(void *args)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_get_wait_ctx(ASYNC_get_current_job());

	for (int i = 0; i < 8; i++) {
		int fd = eventfd(0, 0);

		CHECK(ASYNC_WAIT_CTX_set_wait_fd(ctx, &keep_fd, fd, NULL, close_it));
		for (int k = 0; k < (keep_fd ? 4 : 1); k++)
			ASYNC_pause_job();
		CHECK(ASYNC_WAIT_CTX_clear_fd(ctx, &keep_fd));
		close(fd);
	}
	return 1;
}

FAULT(fd_churn)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_WAIT_CTX_new();
	ASYNC_JOB *job = NULL;
	int ret;

	keep_fd = healthy;
	while (ASYNC_start_job(&job, ctx, &ret, churning, NULL, 0) == ASYNC_PAUSE)
		;
	ASYNC_WAIT_CTX_free(ctx);
}

FAULT(fd_closed_early)
{
	struct work w;

	work_init(&w, 1);
	CHECK(work_go(&w) == ASYNC_PAUSE);
	work_wake(&w);
	if (!healthy)
		CHECK(!close(w.fd));
	CHECK(work_go(&w) == ASYNC_FINISH);
	ASYNC_WAIT_CTX_clear_fd(w.ctx, &w);
	ASYNC_WAIT_CTX_free(w.ctx);
	if (healthy)
		CHECK(!close(w.fd));
}

/* The connection ends, and its fd's number becomes another file's; then the engine wakes it. */
FAULT(stray_wake)
{
	struct work w;
	uint64_t one = 1;
	int null = open("/dev/null", O_WRONLY);

	work_init(&w, 1);
	CHECK(work_go(&w) == ASYNC_PAUSE);
	work_wake(&w);
	CHECK(work_go(&w) == ASYNC_FINISH);
	if (healthy)
		CHECK(write(w.fd, &one, sizeof(one)) == sizeof(one));
	ASYNC_WAIT_CTX_clear_fd(w.ctx, &w);
	ASYNC_WAIT_CTX_free(w.ctx);
	CHECK(!close(w.fd) && dup2(null, w.fd) == w.fd);
	if (!healthy)
		CHECK(write(w.fd, &one, sizeof(one)) == sizeof(one));
}

FAULT(no_fd)
{
	struct rlimit limit = { 40, 40 };

	work_run(1);
	CHECK(!setrlimit(RLIMIT_NOFILE, &limit));
	while (!healthy && open("/dev/null", O_RDONLY) >= 0)
		;
	CHECK((eventfd(0, 0) >= 0) == healthy);
}

FAULT(fd_missed)
{
	struct work w;
	struct pollfd p[2] = { { .events = POLLIN }, { .events = POLLIN } };
	OSSL_ASYNC_FD fds[2];
	size_t n = 2;

	work_init(&w, 1);
	p[0].fd = w.fd;
	p[1].fd = eventfd(0, 0);
	CHECK(ASYNC_WAIT_CTX_set_wait_fd(w.ctx, p, p[1].fd, NULL, NULL));
	CHECK(work_go(&w) == ASYNC_PAUSE);
	CHECK(ASYNC_WAIT_CTX_get_all_fds(w.ctx, fds, &n) && n == 2);
	CHECK(!eventfd_write(w.fd, 1));
	CHECK(poll(p, healthy ? 2 : 1, 10000) == 1);
	CHECK(work_go(&w) == ASYNC_FINISH);
	work_finish(&w);
}

/* A level-triggered loop that is told, and does nothing. */
FAULT(loop_spin)
{
	struct work w;
	struct pollfd p = { .events = POLLIN };

	work_init(&w, 1);
	CHECK(work_go(&w) == ASYNC_PAUSE);
	p.fd = w.fd;
	CHECK(!eventfd_write(w.fd, 1));
	for (int i = 0; i < (healthy ? 1 : 60); i++)
		CHECK(poll(&p, 1, 10000) == 1);
	CHECK(work_go(&w) == ASYNC_FINISH);
	work_finish(&w);
}
