/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Another thread frees connections whose bridged jobs are paused, and a thread ends before its own:
 * they end on their own thread, and nothing is left over. No free waits for the operation.
 */
// MODE bridge
// ENGINE workers=1,latency=rsa:200ms
// EVENTS engine_submit>=9 ssl_new=18 ssl_free=18
// JOBS yes
#include <poll.h>
#include <sys/epoll.h>

#include "loop.h"

#define N 6

static struct pair p;

static int open_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 200; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* A server whose signature is under way, in epfd, and the client that waits for it. */
struct ends {
	SSL *server, *client;
	int fds[2];
};

static void begin(struct ends *e, int epfd)
{
	struct epoll_event event = { .events = EPOLLIN };
	int ret;

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, e->fds));
	CHECK((e->server = SSL_new(p.server_ctx)) && (e->client = SSL_new(p.client_ctx)));
	SSL_set_fd(e->server, e->fds[0]);
	SSL_set_fd(e->client, e->fds[1]);
	CHECK(!epoll_ctl(epfd, EPOLL_CTL_ADD, e->fds[0], &event));
	ret = SSL_connect(e->client);
	CHECK(SSL_get_error(e->client, ret) == SSL_ERROR_WANT_READ);
	ret = SSL_accept(e->server);
	CHECK(SSL_get_error(e->server, ret) == SSL_ERROR_WANT_READ);
}

static void end(struct ends *e)
{
	SSL_free(e->server);
	CHECK(!ERR_peek_error());
	SSL_free(e->client);
	close(e->fds[0]);
	close(e->fds[1]);
}

static void *reap(void *arg)
{
	struct ends *ends = arg;

	for (int i = 0; i < N; i++)
		end(&ends[i]);
	return NULL;
}

static int loop_start(void)
{
	int epfd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event;

	CHECK(epoll_wait(epfd, &event, 1, 0) == 0);
	return epfd;
}

static void freed_by_reaper(int epfd)
{
	struct ends ends[N];
	pthread_t reaper;

	for (int i = 0; i < N; i++)
		begin(&ends[i], epfd);
	CHECK(!pthread_create(&reaper, NULL, reap, ends));
	CHECK(!pthread_join(reaper, NULL));
}

/* The thread ends with a job of its own paused; another frees the connection. */
static void *begin_and_end(void *arg)
{
	struct ends *ends = arg;
	int epfd = loop_start();

	for (int i = 0; i < 2; i++)
		begin(&ends[i], epfd);
	end(&ends[1]); /* and one freed by itself */
	close(epfd);
	return NULL;
}

static void thread_ended(void)
{
	struct ends ends[2];
	pthread_t thread;

	CHECK(!pthread_create(&thread, NULL, begin_and_end, ends));
	CHECK(!pthread_join(thread, NULL));
	end(&ends[0]);
}

static void freed_by_own(int epfd)
{
	struct ends e;

	begin(&e, epfd);
	end(&e);
}

int main(void)
{
	struct epoll_event event;
	int epfd, before;

	p.server_ctx = server_context(EVP_RSA_gen(2048));
	p.client_ctx = SSL_CTX_new(TLS_client_method());
	epfd = loop_start();
	before = open_fds();
	freed_by_own(epfd);
	freed_by_reaper(epfd);
	thread_ended();
	while (open_fds() != before)
		CHECK(epoll_wait(epfd, &event, 1, 10) == 0);
	puts("no fds left over");
	SSL_CTX_free(p.server_ctx);
	SSL_CTX_free(p.client_ctx);
	return 0;
}
