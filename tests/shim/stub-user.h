/* SPDX-License-Identifier: Apache-2.0 */
/* A program on a stub of OpenSSL: calls what the stub has. */
#include <openssl/async.h>
#include <openssl/ssl.h>
#include <stdio.h>

int ASYNC_set_mem_functions(void *(*alloc)(size_t *), void (*release)(void *));

static int work(void *args)
{
	return 3;
}

#if STUB
static void run_job(void)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_WAIT_CTX_new();
	unsigned char sig[8];
	ASYNC_JOB *job = NULL;
	size_t n = sizeof(sig);
	int ret = 0, status = ASYNC_start_job(&job, ctx, &ret, work, NULL, 0);

	printf("job %d %d, signed %d\n", status, ret, EVP_DigestSign(NULL, sig, &n, sig, 1));
	ASYNC_WAIT_CTX_free(ctx);
#if STUB == 4
	printf("stacks %d\n", ASYNC_set_mem_functions(NULL, NULL));
#endif
}
#else
static void run_job(void)
{
	printf("no jobs here, %d\n", work(NULL));
}
#endif

int main(void)
{
	SSL *ssl = SSL_new(NULL);

	printf("handshake %d\n", SSL_do_handshake(ssl));
	printf("error %d\n", SSL_get_error(ssl, 0));
	SSL_free(ssl);
	run_job();
	return 0;
}
