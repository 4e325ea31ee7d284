/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A library context of the program's own, given by name or as the thread's default, is gone when it
 * is freed.
 */
// MODE bridge
// ENGINE workers=1,min_cost=0ns
// EVENTS engine_submit=1 engine_inplace=2
// LINE engine_inplace reason=library-context alg=rsa
#include "loop.h"
#include <openssl/provider.h>

static void serve(SSL_CTX *ctx)
{
	SSL_CTX *client_ctx = SSL_CTX_new(TLS_client_method());
	struct client c = { 0 };
	struct serving s;

	serving_start(&s, ctx, client_start(&c, client_ctx));
	serving_run(&s);
	printf("served: %d\n", s.ok);
	serving_finish(&s);
	CHECK(client_join(&c));
	SSL_CTX_free(client_ctx);
}

static SSL_CTX *context_of(OSSL_LIB_CTX *own)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(own, NULL, "RSA", (size_t)2048);
	SSL_CTX *model, *ctx = SSL_CTX_new_ex(own, NULL, TLS_server_method());

	CHECK(key && ctx && EVP_PKEY_up_ref(key));
	model = server_context(key);
	CHECK(SSL_CTX_use_certificate(ctx, SSL_CTX_get0_certificate(model)) == 1);
	CHECK(SSL_CTX_use_PrivateKey(ctx, key) == 1);
	EVP_PKEY_free(key);
	SSL_CTX_free(model);
	return ctx;
}

static void serve_of(OSSL_LIB_CTX *own)
{
	SSL_CTX *ctx = context_of(own);

	serve(ctx);
	SSL_CTX_free(ctx);
}

int main(void)
{
	OSSL_LIB_CTX *by_name = OSSL_LIB_CTX_new(), *by_default = OSSL_LIB_CTX_new();

	serve_of(by_name);
	OSSL_LIB_CTX_free(by_name);
	OSSL_LIB_CTX_set0_default(by_default);
	serve_of(NULL);
	OSSL_LIB_CTX_set0_default(NULL);
	OSSL_LIB_CTX_set0_default(OSSL_LIB_CTX_get0_global_default());
	OSSL_LIB_CTX_free(by_default);
	serve_of(NULL);
	return 0;
}
