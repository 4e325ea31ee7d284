/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program may do with a connection whose bridged job is paused, and nothing of it does harm.
 */
// MODE bridge
// ENGINE workers=1
// EVENTS engine_submit=10 bridge_drained>=2 ssl_new=19 ssl_free>=19
#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include "loop.h"

static struct pair p;
static int epfd;
static sem_t gate; /* one client may take the server's answer */

/* A server connection that waits for its signature, in epfd. */
static void begin(struct serving *s, struct client *c)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct pollfd fd = { .events = POLLIN };

	c->gate = &gate;
	serving_start(s, p.server_ctx, fd.fd = client_start(c, p.client_ctx));
	event.data.ptr = s;
	CHECK(!epoll_ctl(epfd, EPOLL_CTL_ADD, s->fd, &event));
	CHECK(poll(&fd, 1, 10000) == 1); /* the client's hello */
}

static void until_done(struct serving *s)
{
	struct epoll_event event;

	sem_post(&gate);
	while (!s->done) {
		CHECK(epoll_wait(epfd, &event, 1, 10000) == 1 && event.data.ptr == s);
		serving_go(s);
	}
	CHECK(s->ok);
}

static void each_call_wants_to_read(void)
{
	struct serving s;
	struct client c;
	char byte;
	size_t n;

	begin(&s, &c);
	serving_go(&s);
	CHECK(s.in);
	for (int i = 0; i < 2 && !SSL_is_init_finished(s.ssl); i++) {
		int ret = i ? SSL_peek(s.ssl, &byte, 1) : SSL_accept(s.ssl);

		CHECK(ret > 0 || SSL_get_error(s.ssl, ret) == SSL_ERROR_WANT_READ);
		CHECK(ret > 0 || SSL_want(s.ssl) == SSL_READING);
		CHECK(ret > 0 || SSL_read_ex(s.ssl, &byte, 0, &n) == 0);
		CHECK(!SSL_has_pending(s.ssl) || SSL_is_init_finished(s.ssl));
	}
	CHECK(SSL_shutdown(s.ssl) == -1); /* not in the midst of a handshake */
	ERR_clear_error();
	until_done(&s);
	serving_finish(&s);
	CHECK(client_join(&c));
	puts("calls in between: served");
}

/* Reading is all that the program does; the handshake comes by itself. */
static void implicit_handshake(bool writes_first)
{
	struct epoll_event event;
	struct serving s;
	struct client c;
	char byte = 's';
	int ret;

	begin(&s, &c);
	sem_post(&gate);
	while ((ret = writes_first ? SSL_write(s.ssl, &byte, 1) : SSL_read(s.ssl, &byte, 1)) != 1) {
		CHECK(SSL_get_error(s.ssl, ret) == SSL_ERROR_WANT_READ);
		CHECK(epoll_wait(epfd, &event, 1, 10000) == 1 && event.data.ptr == &s);
	}
	CHECK(writes_first || (byte == 'c' && SSL_write(s.ssl, "s", 1) == 1));
	CHECK(client_join(&c));
	serving_finish(&s);
	printf("%s first: served\n", writes_first ? "writing" : "reading");
}

/* Without interest in input, there are no news; with it, there are those that were held. */
static void no_interest(void)
{
	struct epoll_event event = { .events = 0 };
	struct serving s;
	struct client c;

	begin(&s, &c);
	event.data.ptr = &s;
	serving_go(&s);
	CHECK(!epoll_ctl(epfd, EPOLL_CTL_MOD, s.fd, &event));
	CHECK(epoll_wait(epfd, &event, 1, 50) == 0);
	event = (struct epoll_event){ .events = EPOLLIN, .data.ptr = &s };
	CHECK(!epoll_ctl(epfd, EPOLL_CTL_MOD, s.fd, &event));
	until_done(&s);
	serving_finish(&s);
	CHECK(client_join(&c));
	puts("interest withdrawn and given back: served");
}

static void other_set(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	int other = epoll_create1(EPOLL_CLOEXEC), first = epfd;
	struct serving s;
	struct client c;

	begin(&s, &c);
	event.data.ptr = &s;
	serving_go(&s);
	CHECK(!epoll_ctl(epfd, EPOLL_CTL_DEL, s.fd, NULL));
	CHECK(!epoll_ctl(other, EPOLL_CTL_ADD, s.fd, &event));
	epfd = dup(other);
	until_done(&s);
	serving_finish(&s);
	CHECK(client_join(&c));
	close(epfd);
	close(other);
	epfd = first;
	CHECK(epoll_wait(epfd, &event, 1, 0) == 0);
	puts("moved to another set, which is duplicated: served");
}

static void cleared(void)
{
	struct serving s;
	struct client c;

	begin(&s, &c);
	serving_go(&s);
	CHECK(SSL_clear(s.ssl));
	close(s.fd);
	sem_post(&gate);
	client_join(&c);
	/* The object serves another connection. */
	s.fd = client_start(&c, p.client_ctx);
	s.done = false;
	CHECK(SSL_set_fd(s.ssl, s.fd));
	CHECK(!epoll_ctl(epfd, EPOLL_CTL_ADD, s.fd,
			 &(struct epoll_event){ .events = EPOLLIN, .data.ptr = &s }));
	until_done(&s);
	serving_finish(&s);
	CHECK(client_join(&c));
	puts("cleared and used again: served");
}

/* The fd goes first, and its number is another connection's before the first is freed. */
static void closed_first(void)
{
	struct serving s, t;
	struct client c, d;

	begin(&s, &c);
	serving_go(&s);
	close(s.fd);
	sem_post(&gate);
	client_join(&c);
	begin(&t, &d);
	serving_go(&t);
	SSL_free(s.ssl);
	until_done(&t);
	serving_finish(&t);
	CHECK(client_join(&d));
	puts("fd closed ahead of the connection: the next one is served");
}

/* A forked child has all fds as well, and goes its own way. */
static void forked(void)
{
	struct serving s;
	struct client c;
	pid_t child;
	int status, hold[2];
	char byte;

	CHECK(!pipe(hold));
	begin(&s, &c);
	serving_go(&s);
	child = fork();
	if (!child) {
		close(hold[1]);
		SSL_free(s.ssl);
		_exit(read(hold[0], &byte, 1) != 0);
	}
	until_done(&s);
	CHECK(!epoll_ctl(epfd, EPOLL_CTL_DEL, s.fd, NULL)); /* closing it would not do */
	serving_finish(&s);
	CHECK(client_join(&c));
	CHECK(epoll_wait(epfd, &(struct epoll_event){ 0 }, 1, 20) == 0);
	close(hold[1]);
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	close(hold[0]);
	puts("forked in between: served, and nothing spins");
}

static int open_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 200; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

int main(void)
{
	int before;

	p.server_ctx = server_context(EVP_RSA_gen(4096));
	p.client_ctx = SSL_CTX_new(TLS_client_method());
	sem_init(&gate, 0, 0);
	epfd = epoll_create1(EPOLL_CLOEXEC);
	CHECK(epoll_wait(epfd, &(struct epoll_event){ 0 }, 1, 0) == 0);
	before = open_fds();
	each_call_wants_to_read();
	implicit_handshake(false);
	implicit_handshake(true);
	no_interest();
	other_set();
	cleared();
	forked();
	while (open_fds() != before)
		;
	closed_first();
	SSL_CTX_free(p.server_ctx);
	SSL_CTX_free(p.client_ctx);
	return 0;
}
