/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An async-aware program without a device: RSA and EC signatures are done by the built-in engine.
 */
// MODE engine
// ENGINE workers=2
// EVENTS engine_submit=2 engine_begin=2 engine_done=2 wake=2 wait_fd_set=2
// EVENTS engine_inplace=0 handshake=4
// ORDER job_start wait_fd_set engine_submit job_finish
#include <openssl/ec.h>
#include <poll.h>

#include "pair.h"

static void wait_for_engine(SSL *ssl)
{
	OSSL_ASYNC_FD fd;
	size_t n = 1;
	struct pollfd p = { .events = POLLIN };

	CHECK(SSL_get_all_async_fds(ssl, &fd, &n) && n == 1);
	p.fd = fd;
	CHECK(poll(&p, 1, 10000) == 1);
}

static int step(SSL *ssl)
{
	int ret;

	while ((ret = SSL_do_handshake(ssl)) <= 0 &&
	       SSL_get_error(ssl, ret) == SSL_ERROR_WANT_ASYNC)
		wait_for_engine(ssl);
	return ret;
}

static void handshake(EVP_PKEY *key, const char *name)
{
	struct pair p;
	int client = 0, server = 0;

	pair_init(&p, key);
	SSL_set_mode(p.server, SSL_MODE_ASYNC);
	for (int i = 0; i < 10 && !(client == 1 && server == 1); i++) {
		client = step(p.client);
		server = step(p.server);
	}
	CHECK(client == 1 && server == 1);
	printf("%s: done, async still waiting: %d\n", name, SSL_waiting_for_async(p.server));
	pair_finish(&p);
}

int main(void)
{
	handshake(EVP_RSA_gen(2048), "RSA");
	handshake(EVP_EC_gen("P-256"), "EC");
	return 0;
}
