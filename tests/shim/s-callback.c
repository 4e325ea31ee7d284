/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Callbacks: the program gets its own back, an engine's firing is seen, and both are called as they
 * were set.
 */
// EVENTS wait_callback=2 callback_fire=2 ssl_callback=1 wait_status=2 wait_status_asked=2
// ORDER ssl_callback wait_callback job_start job_pause callback_fire callback_fire
#include <openssl/async.h>
#include <pthread.h>
#include <stdio.h>

#include "pair.h"

static int argument;

static int ssl_callback(SSL *ssl, void *arg)
{
	printf("SSL callback with %s argument\n", arg == &argument ? "its" : "another");
	return 5;
}

static int own_callback(void *arg)
{
	printf("own callback with %s argument\n", arg == &argument ? "its" : "another");
	return 6;
}

/*
 * The part of an engine, in the middle of a handshake: what libssl set is not ours, so we are to
 * call it.
 */
static ASYNC_callback_fn engine_callback;
static void *engine_arg;

static int choose_cert(SSL *ssl, void *arg)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_get_wait_ctx(ASYNC_get_current_job());

	CHECK(ASYNC_WAIT_CTX_get_callback(ctx, &engine_callback, &engine_arg));
	CHECK(ASYNC_WAIT_CTX_set_status(ctx, ASYNC_STATUS_EAGAIN));
	CHECK(ASYNC_pause_job());
	CHECK(ASYNC_WAIT_CTX_set_status(ctx, ASYNC_STATUS_OK));
	return 1;
}

static void *engine_thread(void *args)
{
	printf("fired: %d\n", engine_callback(engine_arg));
	return NULL;
}

static void handshake(void)
{
	struct pair p;
	int client = 0, server = 0, status;
	pthread_t thread;

	pair_init(&p, EVP_RSA_gen(2048));
	SSL_set_mode(p.server, SSL_MODE_ASYNC);
	SSL_set_cert_cb(p.server, choose_cert, NULL);
	CHECK(SSL_set_async_callback(p.server, ssl_callback));
	CHECK(SSL_set_async_callback_arg(p.server, &argument));
	while (client != 1 || server != 1) {
		client = SSL_do_handshake(p.client);
		server = SSL_do_handshake(p.server);
		if (server == 1 || SSL_get_error(p.server, server) != SSL_ERROR_WANT_ASYNC)
			continue;
		for (int i = 0; i < 3; i++)
			CHECK(SSL_get_async_status(p.server, &status));
		printf("status %d\n", status);
		CHECK(!pthread_create(&thread, NULL, engine_thread, NULL) &&
		      !pthread_join(thread, NULL));
		engine_thread(NULL);
	}
	CHECK(SSL_get_async_status(p.server, &status));
	printf("status %d\n", status);
	pair_finish(&p);
}

int main(void)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_WAIT_CTX_new();
	ASYNC_callback_fn got;
	void *arg;

	printf("none: %d\n", ASYNC_WAIT_CTX_get_callback(ctx, &got, &arg));
	CHECK(ASYNC_WAIT_CTX_set_callback(ctx, own_callback, &argument));
	CHECK(ASYNC_WAIT_CTX_get_callback(ctx, &got, &arg));
	printf("own: %d %d, called: %d\n", got == own_callback, arg == &argument, got(arg));
	ASYNC_WAIT_CTX_free(ctx);
	handshake();
	return 0;
}
