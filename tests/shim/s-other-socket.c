/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection moves to another socket: what the event loop does with that is its affair from then
 * on.
 */
// EVENTS watch_churn=3
// LINE watch_churn conn=1 count=16
// LINE watch_churn conn=2 count=16
#include <sys/epoll.h>
#include <sys/socket.h>

#include "pair.h"

static int epfd;

static void churn(int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	for (int i = 0; i < 17; i++)
		CHECK(!epoll_ctl(epfd, EPOLL_CTL_MOD, fd, &event));
}

static int watched_socket(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	int ends[2];

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends));
	CHECK(!epoll_ctl(epfd, EPOLL_CTL_ADD, ends[0], &event));
	return ends[0];
}

int main(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(ctx), *other = SSL_new(ctx);
	int first, second;

	epfd = epoll_create1(0);
	first = watched_socket();
	second = watched_socket();
	SSL_set_fd(ssl, first);
	printf("%d\n", SSL_connect(ssl));
	SSL_set_fd(ssl, second);
	printf("%d\n", SSL_connect(ssl));
	churn(second);
	churn(first); /* nobody's */
	SSL_set_fd(other, first);
	printf("%d\n", SSL_connect(other));
	churn(first);
	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	printf("%d\n", SSL_connect(ssl));
	SSL_set0_rbio(ssl, BIO_new_socket(second, BIO_NOCLOSE));
	printf("%d\n", SSL_connect(ssl));
	churn(second);
	SSL_free(ssl);
	SSL_free(other);
	SSL_CTX_free(ctx);
	return 0;
}
