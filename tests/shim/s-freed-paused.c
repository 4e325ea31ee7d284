/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections freed while their jobs are paused, in observe mode: seen, and nothing is done about
 * it.
 */
// EVENTS job_start=5 job_pause=5 job_finish=0 ssl_free=10 wait_ctx_free=5
// ORDER job_pause ssl_free wait_ctx_free job_start job_pause ssl_free
#include <openssl/async.h>

#include "pair.h"

static int pause_here(SSL *ssl, int *alert, void *arg)
{
	ASYNC_pause_job();
	return SSL_CLIENT_HELLO_SUCCESS;
}

int main(void)
{
	struct pair p;

	p.server_ctx = server_context(EVP_RSA_gen(2048));
	p.client_ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_client_hello_cb(p.server_ctx, pause_here, NULL);
	SSL_CTX_set_mode(p.server_ctx, SSL_MODE_ASYNC);
	for (int i = 0; i < 5; i++) {
		pair_connect(&p);
		SSL_do_handshake(p.client);
		printf("%d", SSL_do_handshake(p.server));
		printf(" %d\n", SSL_get_error(p.server, -1));
		CHECK(SSL_up_ref(p.server));
		SSL_free(p.server);
		SSL_free(p.server);
		SSL_free(p.client);
	}
	SSL_CTX_free(p.server_ctx);
	SSL_CTX_free(p.client_ctx);
	return 0;
}
