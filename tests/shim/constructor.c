/* SPDX-License-Identifier: Apache-2.0 */
/* A library whose constructor uses OpenSSL, for s-constructor. */
#include "pair.h"

void constructor_runs(void);

__attribute__((constructor)) static void use_openssl(void)
{
	SSL_CTX *ctx;

	constructor_runs();
	ctx = SSL_CTX_new(TLS_client_method());
	printf("in the constructor: %d\n", ctx != NULL);
	SSL_CTX_free(ctx);
}
