/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bridged connection is freed in the midst of a slow operation: the program goes on at once, and
 * its loop drains it.
 */
// MODE bridge
// ENGINE workers=1,latency=rsa:500ms
// EVENTS engine_submit=1 bridge_drained=1 ssl_clear=1 ssl_new=3 ssl_free=3
// ORDER engine_begin ssl_clear engine_done bridge_drained
// JOBS yes
#include <fcntl.h>
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

int main(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epfd, before, sockets[2], ret;
	struct pair p = { 0 };
	SSL *other;

	p.server_ctx = server_context(EVP_RSA_gen(2048));
	p.client_ctx = SSL_CTX_new(TLS_client_method());
	epfd = epoll_create1(EPOLL_CLOEXEC);
	CHECK(epoll_wait(epfd, &event, 1, 0) == 0);
	before = open_fds();
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets));
	CHECK((p.client = SSL_new(p.client_ctx)) && (p.server = SSL_new(p.server_ctx)));
	SSL_set_fd(p.client, sockets[0]);
	SSL_set_fd(p.server, sockets[1]);
	event.events = EPOLLIN;
	CHECK(!epoll_ctl(epfd, EPOLL_CTL_ADD, sockets[1], &event));
	CHECK(SSL_connect(p.client) < 0);
	ret = SSL_accept(p.server);
	CHECK(SSL_get_error(p.server, ret) == SSL_ERROR_WANT_READ);
	CHECK(epoll_wait(epfd, &event, 1, 100) == 0); /* a worker is at it by now */
	SSL_free(p.server);
	CHECK((other = SSL_new(p.client_ctx)) && SSL_clear(other));
	SSL_free(other);
	SSL_free(p.client);
	close(sockets[0]);
	close(sockets[1]);
	while (open_fds() != before)
		CHECK(epoll_wait(epfd, &event, 1, 10) == 0);
	puts("no fds left over");
	SSL_CTX_free(p.client_ctx);
	SSL_CTX_free(p.server_ctx);
	return 0;
}
