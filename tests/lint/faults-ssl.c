/* SPDX-License-Identifier: Apache-2.0 */
/* Faults in the handling of SSL calls. */
#include "faults.h"

static const char key;

static int choose_cert(SSL *ssl, void *arg)
{
	struct server *s = arg;
	ASYNC_JOB *job = ASYNC_get_current_job();

	ASYNC_WAIT_CTX *ctx;

	if (!job)
		return 1;
	ctx = ASYNC_get_wait_ctx(job);
	if (s->fd < 0) {
		s->fd = eventfd(0, EFD_NONBLOCK);
		CHECK(ASYNC_WAIT_CTX_set_wait_fd(ctx, &key, s->fd, NULL, NULL));
	}
	ASYNC_WAIT_CTX_get_callback(ctx, &s->callback, &s->callback_arg);
	for (; s->pauses > 0; s->pauses--) {
		if (s->raise)
			ERR_raise(ERR_LIB_USER, 42);
		ASYNC_pause_job();
	}
	return 1;
}

void server_init(struct server *s, int pauses)
{
	*s = (struct server){ .fd = -1, .pauses = pauses };
	pair_init(&s->pair, EVP_RSA_gen(2048));
	SSL_set_mode(s->pair.server, SSL_MODE_ASYNC);
	SSL_set_cert_cb(s->pair.server, choose_cert, s);
}

int server_step(struct server *s)
{
	SSL_do_handshake(s->pair.client);
	return SSL_get_error(s->pair.server, SSL_do_handshake(s->pair.server));
}

void server_wake(struct server *s)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	OSSL_ASYNC_FD fd;
	eventfd_t value;
	size_t n = 1;

	CHECK(SSL_get_all_async_fds(s->pair.server, &fd, &n) && n == 1);
	CHECK(!eventfd_write(s->fd, 1));
	CHECK(poll(&p, 1, 10000) == 1);
	CHECK(!eventfd_read(s->fd, &value));
}

void server_run(struct server *s)
{
	int error;

	do {
		error = server_step(s);
		if (error == SSL_ERROR_WANT_ASYNC)
			server_wake(s);
		CHECK(error != SSL_ERROR_SSL);
	} while (error);
}

void server_finish(struct server *s)
{
	pair_finish(&s->pair);
	if (s->fd >= 0)
		close(s->fd);
}

FAULT(freed_while_paused)
{
	struct server s;
	OSSL_ASYNC_FD fd;
	size_t n = 1;

	server_init(&s, 1);
	CHECK(server_step(&s) == SSL_ERROR_WANT_ASYNC);
	CHECK(SSL_get_all_async_fds(s.pair.server, &fd, &n));
	if (healthy)
		server_run(&s);
	server_finish(&s);
}

FAULT(completed_but_abandoned)
{
	struct server s;

	server_init(&s, 1);
	CHECK(server_step(&s) == SSL_ERROR_WANT_ASYNC);
	server_wake(&s);
	if (healthy)
		server_run(&s);
	server_finish(&s);
}

FAULT(shutdown_while_paused)
{
	struct server s;

	server_init(&s, 1);
	CHECK(server_step(&s) == SSL_ERROR_WANT_ASYNC);
	if (healthy)
		server_run(&s);
	SSL_shutdown(s.pair.server);
	ERR_clear_error();
	server_run(&s);
	server_finish(&s);
}

/* Somebody leaves an error in the thread's queue. */
FAULT(foreign_error)
{
	struct server s;

	server_init(&s, 1);
	s.raise = !healthy;
	CHECK(server_step(&s) == (healthy ? SSL_ERROR_WANT_ASYNC : SSL_ERROR_SSL));
	ERR_clear_error();
	server_run(&s);
	server_finish(&s);
}

static int write_pauses;

static void pause_writing(int write_p, int version, int type, const void *buf, size_t len, SSL *ssl,
			  void *arg)
{
	for (; write_pauses && ASYNC_get_current_job(); write_pauses--)
		ASYNC_pause_job();
}

FAULT(resume_differs)
{
	struct server s;
	char text[] = "text", moved[] = "other text";

	server_init(&s, 0);
	server_run(&s);
	SSL_set_msg_callback(s.pair.server, pause_writing);
	write_pauses = 1;
	CHECK(SSL_write(s.pair.server, text, 4) < 0);
	CHECK(SSL_write(s.pair.server, healthy ? text : moved, 4) == 4);
	server_finish(&s);
}

static int called(SSL *ssl, void *arg)
{
	return 1;
}

FAULT(callback_late)
{
	struct server s;

	server_init(&s, 1);
	if (healthy)
		SSL_set_async_callback(s.pair.server, called);
	CHECK(server_step(&s) == SSL_ERROR_WANT_ASYNC);
	if (healthy)
		s.callback(s.callback_arg);
	else
		SSL_set_async_callback(s.pair.server, called);
	server_run(&s);
	server_finish(&s);
}

/* The engine finds a callback, and tells by the fd instead. */
FAULT(callback_unused)
{
	struct server s;

	server_init(&s, 1);
	CHECK(SSL_set_async_callback(s.pair.server, called));
	CHECK(server_step(&s) == SSL_ERROR_WANT_ASYNC);
	server_wake(&s);
	if (healthy)
		s.callback(s.callback_arg);
	server_run(&s);
	server_finish(&s);
}

FAULT(want_async_unhandled)
{
	struct server s;

	server_init(&s, 1);
	CHECK(server_step(&s) == SSL_ERROR_WANT_ASYNC);
	if (healthy)
		server_run(&s);
	server_finish(&s);
}

FAULT(not_offloaded)
{
	struct server s;

	server_init(&s, healthy);
	server_run(&s);
	server_finish(&s);
}

FAULT(stacked_pauses)
{
	struct server s;

	server_init(&s, healthy ? 1 : 5);
	server_run(&s);
	server_finish(&s);
}

FAULT(data_while_paused)
{
	struct server s;
	char byte;

	server_init(&s, 1);
	CHECK(server_step(&s) == SSL_ERROR_WANT_ASYNC);
	server_wake(&s);
	if (!healthy)
		SSL_read(s.pair.server, &byte, 1);
	server_run(&s);
	if (healthy)
		SSL_read(s.pair.server, &byte, 1);
	server_finish(&s);
}
