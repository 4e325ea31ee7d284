/* SPDX-License-Identifier: Apache-2.0 */
/* TLS 1.3 early data: read and write operations of their own, as part of a handshake. */
// EVENTS handshake>=3 ssl_begin>=6
// LINE ssl_end op=write ret=1 error=0
// LINE handshake resumed=1
#include <string.h>

#include "pair.h"

static SSL_SESSION *session;

static int keep(SSL *ssl, SSL_SESSION *s)
{
	SSL_SESSION_free(session);
	session = s;
	return 1;
}

static void first_connection(struct pair *p)
{
	int client = 0, server = 0;
	char byte;

	for (int i = 0; i < 10 && !(client == 1 && server == 1); i++) {
		client = SSL_do_handshake(p->client);
		server = SSL_do_handshake(p->server);
	}
	CHECK(client == 1 && server == 1);
	SSL_read(p->client, &byte, 1); /* the tickets */
	SSL_set_shutdown(p->client,
			 SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); /* else the session is void */
	SSL_set_shutdown(p->server, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(p->client);
	SSL_free(p->server);
	CHECK(session);
}

int main(void)
{
	struct pair p;
	char buf[16] = "";
	size_t n = 0;
	int got;

	p.server_ctx = server_context(EVP_RSA_gen(2048));
	p.client_ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_max_early_data(p.server_ctx, 1000);
	SSL_CTX_set_session_cache_mode(p.client_ctx,
				       SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(p.client_ctx, keep);
	pair_connect(&p);
	first_connection(&p);
	pair_connect(&p);
	CHECK(SSL_set_session(p.client, session));
	printf("write %d\n", SSL_write_early_data(p.client, "early", 5, &n));
	got = SSL_read_early_data(p.server, buf, sizeof(buf), &n);
	printf("read %d: %.*s\n", got, (int)n, buf);
	printf("client %d\n", SSL_do_handshake(p.client));
	got = SSL_read_early_data(p.server, buf, sizeof(buf), &n);
	printf("read %d\n", got);
	printf("server %d\n", SSL_do_handshake(p.server));
	SSL_SESSION_free(session);
	session = NULL;
	pair_finish(&p);
	SSL_SESSION_free(session);
	return 0;
}
