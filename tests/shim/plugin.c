/* SPDX-License-Identifier: Apache-2.0 */
/* A library that uses libssl, for s-dlopen. */
#include "pair.h"

int run(void);

__attribute__((visibility("default"))) int run(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(ctx);

	printf("%d %d\n", SSL_do_handshake(ssl), SSL_get_error(ssl, -1));
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	return 0;
}
