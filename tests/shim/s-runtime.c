/* SPDX-License-Identifier: Apache-2.0 */
/* The handshakes of a program whose runtime minds on which stack it is are done in place. */
// MODE bridge
// ENGINE workers=1
// EVENTS job_start=0 engine_submit=0 engine_inplace=3
// LINE engine_inplace reason=runtime-minds-stacks
#include <stdint.h>

#include "deep.h"

/* As Ruby's library has it, and by which the shim knows it. */
__attribute__((visibility("default"))) uintptr_t ruby_init_stack;

/* What Ruby does: what is not on the thread's stack is not on any that it knows. */
static int look_at_stack(SSL *ssl, int *alert, void *arg)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	CHECK(here < ruby_init_stack && ruby_init_stack - here < 1 << 20);
	return SSL_TLSEXT_ERR_OK;
}

int main(void)
{
	SSL_CTX *server_ctx = server_context(EVP_RSA_gen(2048));
	SSL_CTX *client_ctx = SSL_CTX_new(TLS_client_method());

	ruby_init_stack = (uintptr_t)__builtin_frame_address(0);
	SSL_CTX_set_tlsext_servername_callback(server_ctx, look_at_stack);
	printf("%d handshakes\n", deep_serve(server_ctx, client_ctx));
	SSL_CTX_free(client_ctx);
	SSL_CTX_free(server_ctx);
	return 0;
}
