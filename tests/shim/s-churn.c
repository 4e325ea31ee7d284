/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A socket whose epoll registration is changed over and over without any TLS progress; and no fds
 * left.
 */
// EVENTS watch_churn=2 no_fd=2
// LINE watch_churn conn=1 count=16
// LINE no_fd error=24 limit=64
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pair.h"

static void run_out_of_fds(void)
{
	struct rlimit limit = { 64, 64 };
	int ends[2];

	CHECK(!setrlimit(RLIMIT_NOFILE, &limit));
	while (open("/dev/null", O_RDONLY) >= 0)
		;
	printf("pipe %d", pipe(ends));
	printf(" %d, eventfd %d", errno == EMFILE, eventfd(0, 0));
	printf(" %d\n", errno == EMFILE);
}

int main(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(ctx);
	struct epoll_event event = { .events = EPOLLIN };
	int sockets[2], epfd = epoll_create1(0);

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets));
	SSL_set_fd(ssl, sockets[0]);
	printf("%d\n", SSL_connect(ssl));
	CHECK(!epoll_ctl(epfd, EPOLL_CTL_ADD, sockets[0], &event));
	for (int i = 0; i < 19; i++)
		CHECK(!epoll_ctl(epfd, EPOLL_CTL_MOD, sockets[0], &event));
	printf("%d\n", SSL_connect(ssl));
	for (int i = 0; i < 17; i++)
		CHECK(!epoll_ctl(epfd, EPOLL_CTL_MOD, sockets[0], &event));
	run_out_of_fds();
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	return 0;
}
