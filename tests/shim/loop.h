/* SPDX-License-Identifier: Apache-2.0 */
/* Servers on non-blocking sockets beside their clients, for programs that test event loops. */
#pragma once

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pair.h"

struct client {
	SSL_CTX *ctx;
	int fd;
	pthread_t thread;
	sem_t *gate; /* it takes the server's answer only once this is posted; NULL: at once */
	bool ok;
};

/* A handshake, then a byte each way. Returns true if all went well. */
static inline bool client_talk(const struct client *c)
{
	SSL *ssl = SSL_new(c->ctx);
	int fd = c->fd;
	char byte = 'c';
	bool ok;

	SSL_set_fd(ssl, fd);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	SSL_connect(ssl); /* its hello is on its way */
	fcntl(fd, F_SETFL, 0);
	if (c->gate)
		sem_wait(c->gate);
	ok = SSL_connect(ssl) == 1 && SSL_write(ssl, &byte, 1) == 1 &&
	     SSL_read(ssl, &byte, 1) == 1 && byte == 's';
	SSL_shutdown(ssl);
	SSL_free(ssl);
	close(fd);
	return ok;
}

static inline void *client_run(void *arg)
{
	struct client *c = arg;

	c->ok = client_talk(c);
	return NULL;
}

/* Start a client on a thread of its own; returns the server's, non-blocking, end. */
static inline int client_start(struct client *c, SSL_CTX *ctx)
{
	int sockets[2];

	signal(SIGPIPE, SIG_IGN); /* either end may close first */
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	c->ctx = ctx;
	c->fd = sockets[0];
	fcntl(sockets[1], F_SETFL, O_NONBLOCK);
	CHECK(!pthread_create(&c->thread, NULL, client_run, c));
	return sockets[1];
}

static inline bool client_join(struct client *c)
{
	CHECK(!pthread_join(c->thread, NULL));
	return c->ok;
}

/* A server connection that reads the client's byte, answers, and is done. */
struct serving {
	SSL *ssl;
	int fd;
	int calls;    /* of SSL functions */
	bool in, out; /* what the last call wants to wait for */
	bool done, ok;
};

static inline void serving_start(struct serving *s, SSL_CTX *ctx, int fd)
{
	*s = (struct serving){ .ssl = SSL_new(ctx), .fd = fd, .in = true };
	CHECK(SSL_set_fd(s->ssl, fd));
	SSL_set_accept_state(s->ssl);
}

static inline int serving_step(struct serving *s)
{
	char byte = 0;
	int ret;

	s->calls++;
	if (!SSL_is_init_finished(s->ssl))
		return SSL_do_handshake(s->ssl);
	ret = SSL_read(s->ssl, &byte, 1);
	if (ret <= 0)
		return ret;
	s->done = true;
	s->ok = byte == 'c' && SSL_write(s->ssl, "s", 1) == 1;
	return 1;
}

/* Go on until the connection has to wait, or is done. */
static inline void serving_go(struct serving *s)
{
	int ret, error;

	do
		ret = serving_step(s);
	while (ret > 0 && !s->done);
	if (s->done)
		return;
	error = SSL_get_error(s->ssl, ret);
	s->in = error == SSL_ERROR_WANT_READ;
	s->out = error == SSL_ERROR_WANT_WRITE;
	if (s->in) {
		CHECK(SSL_want_read(s->ssl) && !SSL_waiting_for_async(s->ssl) &&
		      !SSL_pending(s->ssl));
		CHECK(!ERR_peek_error());
	}
	s->done = !s->in && !s->out;
}

static inline void serving_finish(struct serving *s)
{
	SSL_shutdown(s->ssl);
	SSL_free(s->ssl);
	close(s->fd);
}

/* Serve one connection to its end, by an epoll set of this thread's own. */
static inline void serving_run(struct serving *s)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epfd = epoll_create1(EPOLL_CLOEXEC);

	CHECK(epfd >= 0 && !epoll_ctl(epfd, EPOLL_CTL_ADD, s->fd, &event));
	do {
		CHECK(epoll_wait(epfd, &event, 1, 30000) == 1);
		serving_go(s);
	} while (!s->done);
	close(epfd);
}
