/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SSL_MODE_ASYNC set and cleared, on connections and contexts; questions whose answers are news,
 * and those not.
 */
// EVENTS ssl_mode=3 ssl_clear=1 ssl_query=2 handshake=2 server_name=2
// LINE ssl_mode conn=0 async=1
// LINE ssl_mode async=0
// LINE ssl_new async=1
// LINE ssl_query query=error answer=1
// LINE handshake side=server version=772 group=29 sigalg=2052
// LINE server_name name=a.example
#include "pair.h"

static void connect_pair(struct pair *p)
{
	int client = 0, server = 0;

	SSL_set_tlsext_host_name(p->client, "a.example");
	for (int i = 0; i < 10 && !(client == 1 && server == 1); i++) {
		client = SSL_do_handshake(p->client);
		server = SSL_do_handshake(p->server);
		printf("%d %d %d\n", SSL_get_error(p->server, server), SSL_want(p->server),
		       SSL_waiting_for_async(p->server));
	}
	CHECK(client == 1 && server == 1);
}

static int name_callback(SSL *ssl, int *alert, void *arg)
{
	return SSL_TLSEXT_ERR_OK;
}

int main(void)
{
	struct pair p;
	char byte;

	p.server_ctx = server_context(EVP_RSA_gen(2048));
	p.client_ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_tlsext_servername_callback(p.server_ctx, name_callback);
	SSL_CTX_set1_groups_list(p.client_ctx, "X25519");
	printf("%d\n", (SSL_CTX_set_mode(p.server_ctx, SSL_MODE_ASYNC) & SSL_MODE_ASYNC) != 0);
	SSL_CTX_set_mode(p.server_ctx, SSL_MODE_ASYNC); /* again: nothing new */
	SSL_CTX_set_mode(p.server_ctx, SSL_MODE_ENABLE_PARTIAL_WRITE);
	pair_connect(&p);
	printf("%d\n", (SSL_clear_mode(p.server, SSL_MODE_ASYNC) & SSL_MODE_ASYNC) != 0);
	connect_pair(&p);
	printf("read: %d", SSL_read(p.server, &byte, 1));
	printf(", error %d\n", SSL_get_error(p.server, -1));
	ERR_raise(ERR_LIB_USER, 42); /* somebody else's, and yet the answer changes */
	printf("error %d\n", SSL_get_error(p.server, -1));
	ERR_clear_error();
	printf("error %d\n", SSL_get_error(p.server, -1));
	printf("error %d\n", SSL_get_error(p.server, -1));
	SSL_set_shutdown(p.client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	CHECK(SSL_clear(p.client));
	SSL_free(p.server);
	SSL_CTX_clear_mode(p.server_ctx, SSL_MODE_ASYNC);
	CHECK(p.server = SSL_new(p.server_ctx));
	SSL_set_accept_state(p.server);
	SSL_CTX_free(p.client_ctx);
	SSL_CTX_free(p.server_ctx);
	SSL_free(p.client);
	SSL_free(p.server);
	return 0;
}
