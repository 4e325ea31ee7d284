/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SSL_dup copies a fresh connection, and shares one whose handshake has begun: then the first
 * SSL_free is not its end, and its paused job goes on.
 */
// MODE bridge
// ENGINE workers=1,latency=rsa:20ms
// EVENTS ssl_new=4 engine_submit=1 bridge_drained=0 ssl_free=4
#include <sys/epoll.h>

#include "loop.h"

static void copy_of_a_fresh_one(SSL_CTX *ctx)
{
	SSL *ssl = SSL_new(ctx), *copy = SSL_dup(ssl);

	CHECK(ssl && copy && ssl != copy);
	SSL_free(ssl);
	SSL_free(copy);
	puts("a copy");
}

static void shared_in_the_midst(struct pair *p)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epfd = epoll_create1(0), error;
	struct serving s;
	sem_t gate; /* its handshake does not end before it is shared */
	struct client c = { .gate = &gate };

	CHECK(!sem_init(&gate, 0, 0));
	serving_start(&s, p->server_ctx, client_start(&c, p->client_ctx));
	CHECK(!epoll_ctl(epfd, EPOLL_CTL_ADD, s.fd, &event));
	CHECK(epoll_wait(epfd, &event, 1, 30000) == 1);
	ERR_clear_error(); /* making a key may leave one */
	error = SSL_get_error(s.ssl, SSL_accept(s.ssl));
	CHECK(error == SSL_ERROR_WANT_READ);
	CHECK(SSL_dup(s.ssl) == s.ssl);
	SSL_free(s.ssl);
	sem_post(&gate);
	while (!s.done) {
		serving_go(&s);
		CHECK(s.done || epoll_wait(epfd, &event, 1, 30000) == 1);
	}
	CHECK(s.ok);
	serving_finish(&s);
	CHECK(client_join(&c));
	puts("shared");
}

int main(void)
{
	struct pair p = { .server_ctx = server_context(EVP_RSA_gen(2048)),
			  .client_ctx = SSL_CTX_new(TLS_client_method()) };

	copy_of_a_fresh_one(p.client_ctx);
	shared_in_the_midst(&p);
	SSL_CTX_free(p.client_ctx);
	SSL_CTX_free(p.server_ctx);
	return 0;
}
