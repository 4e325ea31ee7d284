/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An engine that finds no job, because the connection is not in async mode; libssl's own question
 * is no news.
 */
// EVENTS no_job=1 job_start>=1
// LINE no_job conn=1
#include <openssl/async.h>

#include "pair.h"

static int choose_cert(SSL *ssl, void *arg)
{
	for (int i = 0; i < 3; i++)
		printf("job: %d\n", ASYNC_get_current_job() != NULL);
	return 1;
}

static void handshake(struct pair *p)
{
	int client = 0, server = 0;

	for (int i = 0; i < 10 && !(client == 1 && server == 1); i++) {
		server = SSL_do_handshake(p->server);
		client = SSL_do_handshake(p->client);
	}
	CHECK(client == 1 && server == 1);
}

int main(void)
{
	struct pair p;

	pair_init(&p, EVP_RSA_gen(2048));
	SSL_CTX_set_cert_cb(p.server_ctx, choose_cert, NULL);
	SSL_set_cert_cb(p.server, choose_cert, NULL);
	handshake(&p);
	SSL_free(p.server);
	SSL_free(p.client);
	pair_connect(&p);
	SSL_set_mode(p.server, SSL_MODE_ASYNC);
	handshake(&p);
	pair_finish(&p);
	return 0;
}
