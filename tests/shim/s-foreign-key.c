/* SPDX-License-Identifier: Apache-2.0 */
/* A key whose method is the program's own is used on the program's thread. */
// MODE bridge
// ENGINE workers=1,min_cost=0ns
// EVENTS engine_submit=0 engine_inplace=1
// LINE engine_inplace reason=foreign-key alg=rsa
#define OPENSSL_SUPPRESS_DEPRECATED
#include "loop.h"
#include "own-key.h"

static pthread_t program;
static int elsewhere;

/* As of a library that is not made for threads. */
static int sign(int size, const unsigned char *from, unsigned char *to, RSA *rsa, int padding)
{
	elsewhere += !pthread_equal(pthread_self(), program);
	return sign_as_openssl(size, from, to, rsa, padding);
}

int main(void)
{
	SSL_CTX *client_ctx = SSL_CTX_new(TLS_client_method()), *ctx;
	struct client c = { 0 };
	struct serving s;

	program = pthread_self();
	ctx = server_context(own_key(sign));
	serving_start(&s, ctx, client_start(&c, client_ctx));
	serving_run(&s);
	printf("served: %d, signed elsewhere: %d\n", s.ok, elsewhere);
	serving_finish(&s);
	CHECK(client_join(&c));
	SSL_CTX_free(ctx);
	SSL_CTX_free(client_ctx);
	return 0;
}
