/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server that keeps nothing of a client before that has shown a cookie: its calls end as without
 * the bridge.
 */
// MODE bridge
// ENGINE workers=1
// EVENTS ssl_new=3 handshake=2 ssl_free=3
// LINE ssl_begin conn=3 op=handshake
// LINE ssl_end op=handshake ret=0
// LINE ssl_end op=handshake ret=1
#include <string.h>

#include "pair.h"

static int make_cookie(SSL *ssl, unsigned char *cookie, size_t *size)
{
	memcpy(cookie, "cookie", *size = 6);
	return 1;
}

static int check_cookie(SSL *ssl, const unsigned char *cookie, size_t size)
{
	return size == 6 && !memcmp(cookie, "cookie", size);
}

static void listen_for_datagrams(void)
{
	SSL_CTX *ctx = SSL_CTX_new(DTLS_server_method());
	SSL *ssl = SSL_new(ctx);
	BIO_ADDR *peer = BIO_ADDR_new();

	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	printf("nobody there: %d\n", DTLSv1_listen(ssl, peer));
	ERR_clear_error();
	BIO_ADDR_free(peer);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}

int main(void)
{
	struct pair p;
	int client, server;

	pair_init(&p, EVP_RSA_gen(2048));
	SSL_CTX_set_stateless_cookie_generate_cb(p.server_ctx, make_cookie);
	SSL_CTX_set_stateless_cookie_verify_cb(p.server_ctx, check_cookie);
	SSL_clear_options(p.client, SSL_OP_ENABLE_MIDDLEBOX_COMPAT);
	for (server = 0; server == 0;) {
		client = SSL_do_handshake(p.client);
		server = SSL_stateless(p.server);
		printf("%d %d\n", client, server);
	}
	for (client = server = 0; client != 1 || server != 1;) {
		client = SSL_do_handshake(p.client);
		server = SSL_accept(p.server);
		CHECK(server == 1 || SSL_get_error(p.server, server) == SSL_ERROR_WANT_READ);
	}
	printf("%d\n", SSL_is_init_finished(p.server));
	pair_finish(&p);
	listen_for_datagrams();
	return 0;
}
