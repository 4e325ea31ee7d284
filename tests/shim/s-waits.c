/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each of the calls that wait for events, on a thread that has to do with async, and on one that
 * has not.
 */
// EVENTS loop_enter=10 loop_exit=10 fd_ready=8 wait_fd_watch=4
// LINE wait_fd_watch watch=poll
// LINE wait_fd_watch watch=epoll-add
// LINE wait_fd_watch watch=epoll-mod
// LINE wait_fd_watch watch=epoll-del
#include <errno.h>
#include <openssl/async.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <time.h>

#include "pair.h"

/* What the fortified headers call. */
int __poll_chk(struct pollfd *fds, nfds_t nfds, int timeout, size_t size);
int __ppoll_chk(struct pollfd *fds, nfds_t nfds, const struct timespec *t, const sigset_t *mask,
		size_t size);

static const char key;
static const struct timespec t = { .tv_sec = 10 };

static int work(void *args)
{
	return 0;
}

static void polls(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	printf("poll %d ppoll %d", poll(&p, 1, 10000), ppoll(&p, 1, &t, NULL));
	printf(" checked %d %d\n", __poll_chk(&p, 1, 10000, sizeof(p)),
	       __ppoll_chk(&p, 1, &t, NULL, sizeof(p)));
}

static void selects(int fd)
{
	struct timeval tv = { .tv_sec = 10 };
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	printf("select %d", select(fd + 1, &set, NULL, NULL, &tv));
	printf(" pselect %d\n", pselect(fd + 1, &set, NULL, NULL, &t, NULL));
}

static void epolls(int fd)
{
	int epfd = epoll_create1(0);
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = 1234567890123 }, got = { 0 };

	CHECK(!epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &event));
	printf("epoll_wait %d", epoll_wait(epfd, &got, 1, 10000));
	CHECK(!epoll_ctl(epfd, EPOLL_CTL_MOD, fd, &event));
	printf(" epoll_pwait %d data %d\n", epoll_pwait(epfd, &got, 1, 10000, NULL),
	       got.data.u64 == event.data.u64);
	CHECK(!epoll_ctl(epfd, EPOLL_CTL_DEL, fd, NULL));
	printf("bad set: %d", epoll_wait(-1, &got, 1, 0));
	printf(" %d\n", errno == EBADF);
	printf("bad set: %d", epoll_pwait2(-1, &got, 1, &t, NULL));
	printf(" %d\n", errno == EBADF);
}

static void *other_thread(void *fd)
{
	polls(*(int *)fd);
	selects(*(int *)fd);
	return NULL;
}

int main(void)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_WAIT_CTX_new();
	ASYNC_JOB *job = NULL;
	int ret, fd = eventfd(1, 0);
	pthread_t thread;

	CHECK(ASYNC_start_job(&job, ctx, &ret, work, NULL, 0) == ASYNC_FINISH);
	CHECK(ASYNC_WAIT_CTX_set_wait_fd(ctx, &key, fd, NULL, NULL));
	polls(fd);
	selects(fd);
	epolls(fd);
	CHECK(!pthread_create(&thread, NULL, other_thread, &fd) && !pthread_join(thread, NULL));
	ASYNC_WAIT_CTX_free(ctx);
	return 0;
}
