/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients that send, half-close or vanish while the server's job is paused: no level-triggered loop
 * spins.
 */
// MODE bridge
// ENGINE workers=1
// EVENTS bridge_waited=0 engine_submit=40
#include <poll.h>
#include <sys/epoll.h>

#include "loop.h"

#define N 10

/* A client's first flight, into a socket. */
static void send_hello(SSL_CTX *ctx, int fd)
{
	SSL *ssl = SSL_new(ctx);
	char buf[4096];
	int n;

	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_connect_state(ssl);
	SSL_do_handshake(ssl);
	n = BIO_read(SSL_get_wbio(ssl), buf, sizeof(buf));
	CHECK(n > 0 && write(fd, buf, n) == n);
	SSL_free(ssl);
}

static void send_junk(int fd)
{
	CHECK(write(fd, "\x17\x03\x03\x00\x04junk", 9) == 9);
}

static void half_close(int fd)
{
	send_junk(fd);
	shutdown(fd, SHUT_WR);
}

static void vanish(int fd)
{
	close(fd);
}

static void nothing(int fd)
{
	shutdown(fd, SHUT_WR);
}

struct end {
	struct serving serving;
	int client;
};

static int wait_epoll(int epfd, struct end *ends)
{
	struct epoll_event event;

	CHECK(epoll_wait(epfd, &event, 1, 10000) == 1);
	return (int)event.data.u32;
}

static int wait_poll(int epfd, struct end *ends)
{
	struct pollfd fds[N];

	for (int i = 0; i < N; i++)
		fds[i] = (struct pollfd){ .fd = ends[i].serving.done ? -1 : ends[i].serving.fd,
					  .events = POLLIN };
	CHECK(poll(fds, N, 10000) > 0);
	for (int i = 0;; i++)
		if (fds[i].revents)
			return i;
}

static void run(const char *name, struct pair *p, void (*misbehave)(int),
		int (*wait)(int, struct end *))
{
	struct end ends[N];
	int epfd = epoll_create1(EPOLL_CLOEXEC), done = 0, calls = 0;

	CHECK(epoll_wait(epfd, &(struct epoll_event){ 0 }, 1, 0) == 0);
	for (int i = 0; i < N; i++) {
		struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP, .data.u32 = i };
		int sockets[2];

		CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets));
		ends[i].client = sockets[0];
		send_hello(p->client_ctx, sockets[0]);
		serving_start(&ends[i].serving, p->server_ctx, sockets[1]);
		CHECK(!epoll_ctl(epfd, EPOLL_CTL_ADD, sockets[1], &event));
		serving_go(&ends[i].serving);
		misbehave(sockets[0]);
	}
	while (done < N) {
		struct serving *s = &ends[wait(epfd, ends)].serving;

		ERR_clear_error();
		serving_go(s);
		done += s->done;
		if (s->done)
			epoll_ctl(epfd, EPOLL_CTL_DEL, s->fd, NULL);
	}
	for (int i = 0; i < N; i++) {
		calls += ends[i].serving.calls;
		ERR_clear_error();
		SSL_free(ends[i].serving.ssl);
		close(ends[i].serving.fd);
		if (misbehave != vanish)
			close(ends[i].client);
	}
	close(epfd);
	printf("%s: over%s\n", name, calls > 6 * N ? ", with calls in vain" : "");
}

int main(void)
{
	struct pair p = { 0 };

	signal(SIGPIPE, SIG_IGN);
	p.server_ctx = server_context(EVP_RSA_gen(4096));
	p.client_ctx = SSL_CTX_new(TLS_client_method());
	run("junk, epoll", &p, half_close, wait_epoll);
	run("half-close, poll", &p, nothing, wait_poll);
	run("vanish, epoll", &p, vanish, wait_epoll);
	run("vanish, poll", &p, vanish, wait_poll);
	SSL_CTX_free(p.server_ctx);
	SSL_CTX_free(p.client_ctx);
	return 0;
}
