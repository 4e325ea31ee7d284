/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bridged connections on non-blocking sockets are freed while their jobs are paused: drained, not
 * leaked.
 */
// MODE bridge
// ENGINE workers=1
// EVENTS ssl_new=40 ssl_free=40 job_start=20
// EVENTS engine_submit=20 engine_inplace=0
#include <fcntl.h>
#include <openssl/async.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pair.h"

static int open_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 200; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* A handshake up to the server's first flight; the server is freed with whatever it has begun. */
static void abandon(struct pair *p, int epfd)
{
	int sockets[2], ret;
	struct epoll_event event = { .events = EPOLLIN };

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets));
	CHECK((p->client = SSL_new(p->client_ctx)) && (p->server = SSL_new(p->server_ctx)));
	SSL_set_fd(p->client, sockets[0]);
	SSL_set_fd(p->server, sockets[1]);
	CHECK(!epoll_ctl(epfd, EPOLL_CTL_ADD, sockets[1], &event));
	ret = SSL_connect(p->client);
	CHECK(SSL_get_error(p->client, ret) == SSL_ERROR_WANT_READ);
	ret = SSL_accept(p->server);
	CHECK(SSL_get_error(p->server, ret) == SSL_ERROR_WANT_READ);
	SSL_free(p->server);
	CHECK(!ERR_peek_error());
	SSL_free(p->client);
	close(sockets[0]);
	close(sockets[1]);
}

int main(void)
{
	struct pair p = { 0 };
	struct epoll_event event;
	int epfd = epoll_create1(0), before;

	p.server_ctx = server_context(EVP_RSA_gen(3072));
	p.client_ctx = SSL_CTX_new(TLS_client_method());
	CHECK(epoll_wait(epfd, &event, 1, 0) == 0); /* the set is this thread's */
	before = open_fds();
	for (int i = 0; i < 20; i++)
		abandon(&p, epfd);
	/* The last one goes when its signature is done, and the loop has had its turn. */
	while (open_fds() != before)
		CHECK(epoll_wait(epfd, &event, 1, 1) == 0);
	puts("no fds left over");
	SSL_CTX_free(p.server_ctx);
	SSL_CTX_free(p.client_ctx);
	return 0;
}
