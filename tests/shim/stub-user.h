/* SPDX-License-Identifier: Apache-2.0 */
/* A program on a stub of OpenSSL: calls what the stub has. */
#include <openssl/async.h>
#include <openssl/ssl.h>
#include <stdio.h>

SSL *SSL_accept_connection(SSL *listener, uint64_t flags);
int SSL_write_ex2(SSL *ssl, const void *buf, size_t num, uint64_t flags, size_t *written);
int SSL_handle_events(SSL *ssl);
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

#if STUB == 4
static void serve_quic(void)
{
	SSL *ssl = SSL_accept_connection(NULL, 0);
	size_t written = 0;

	printf("events %d, ", SSL_handle_events(ssl));
	printf("written %d", SSL_write_ex2(ssl, "12345", 5, 5, &written));
	printf(" %zu\n", written);
	SSL_free(ssl);
}
#endif
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
#if STUB == 4
	serve_quic();
#endif
	return 0;
}
