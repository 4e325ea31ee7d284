/* SPDX-License-Identifier: Apache-2.0 */
/* A bridged server's callbacks may use as much stack as they may without the bridge. */
// MODE bridge
// ENGINE workers=1
// EVENTS engine_submit=6 bridge_drained=0
// JOBS yes
#include "deep.h"

static int use_stack(SSL *ssl, int *alert, void *kib)
{
	CHECK(deep_use(*(int *)kib) == *(int *)kib);
	return SSL_TLSEXT_ERR_OK;
}

int main(void)
{
	SSL_CTX *server_ctx = server_context(EVP_RSA_gen(2048));
	SSL_CTX *client_ctx = SSL_CTX_new(TLS_client_method());
	int kib;

	SSL_CTX_set_tlsext_servername_callback(server_ctx, use_stack);
	SSL_CTX_set_tlsext_servername_arg(server_ctx, &kib);
	for (kib = 200; kib <= 2000; kib += 1800)
		printf("%d handshakes with callbacks that use %d KiB\n",
		       deep_serve(server_ctx, client_ctx), kib);
	SSL_CTX_free(client_ctx);
	SSL_CTX_free(server_ctx);
	return 0;
}
