/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of OpenSSL that the shim touches, cut down to what a version has, to see that the shim
 * goes by what it finds. STUB=1: OpenSSL 1.1.1, without callbacks and with old names. STUB=4: 4.x,
 * with more functions than the headers declare. STUB=0: a relative of OpenSSL without async jobs.
 */
#include <openssl/async.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#pragma GCC visibility push(default)

struct ssl_st {
	void *data;
};

SSL *SSL_new(SSL_CTX *ctx)
{
	return calloc(1, sizeof(SSL));
}
void SSL_free(SSL *ssl)
{
	free(ssl);
}
int SSL_do_handshake(SSL *ssl)
{
	return 1;
}
int SSL_get_error(const SSL *ssl, int ret)
{
	return ret > 0 ? 0 : 1;
}
unsigned long OpenSSL_version_num(void)
{
	return STUB == 1 ? 0x1010117fL : 0x40000000L;
}

#if STUB
int SSL_set_ex_data(SSL *ssl, int idx, void *data)
{
	ssl->data = data;
	return 1;
}
void *SSL_get_ex_data(const SSL *ssl, int idx)
{
	return ssl->data;
}
long SSL_ctrl(SSL *ssl, int cmd, long larg, void *parg)
{
	return 0;
}
int SSL_is_init_finished(const SSL *ssl)
{
	return 1;
}
int SSL_is_server(const SSL *ssl)
{
	return 1;
}
int SSL_version(const SSL *ssl)
{
	return 0x0304;
}
int SSL_session_reused(const SSL *ssl)
{
	return 0;
}
int SSL_get_rfd(const SSL *ssl)
{
	return -1;
}
const SSL_CIPHER *SSL_get_current_cipher(const SSL *ssl)
{
	return NULL;
}
const char *SSL_get_servername(const SSL *ssl, const int type)
{
	return "stub.example";
}
int SSL_get_signature_type_nid(const SSL *ssl, int *nid)
{
	return 0;
}
int CRYPTO_get_ex_new_index(int c, long l, void *p, CRYPTO_EX_new *n, CRYPTO_EX_dup *d,
			    CRYPTO_EX_free *f)
{
	return 0;
}
int ERR_set_mark(void)
{
	return 1;
}
int ERR_pop_to_mark(void)
{
	return 1;
}

ASYNC_WAIT_CTX *ASYNC_WAIT_CTX_new(void)
{
	return calloc(1, 1);
}
void ASYNC_WAIT_CTX_free(ASYNC_WAIT_CTX *ctx)
{
	free(ctx);
}
int ASYNC_WAIT_CTX_get_all_fds(ASYNC_WAIT_CTX *ctx, OSSL_ASYNC_FD *fd, size_t *n)
{
	*n = 0;
	return 1;
}
int ASYNC_is_capable(void)
{
	return 1;
}
ASYNC_JOB *ASYNC_get_current_job(void)
{
	return NULL;
}
int ASYNC_pause_job(void)
{
	return 1;
}
int ASYNC_start_job(ASYNC_JOB **job, ASYNC_WAIT_CTX *ctx, int *ret, int (*func)(void *), void *args,
		    size_t size)
{
	*ret = func(args);
	return ASYNC_FINISH;
}
int EVP_DigestSign(EVP_MD_CTX *ctx, unsigned char *sig, size_t *len, const unsigned char *tbs,
		   size_t n)
{
	return 1;
}
#endif

#if STUB == 1
EVP_PKEY_CTX *EVP_MD_CTX_pkey_ctx(const EVP_MD_CTX *ctx)
{
	return NULL;
}
#endif

#if STUB == 4
SSL *SSL_accept_connection(SSL *listener, uint64_t flags);
SSL *SSL_accept_connection(SSL *listener, uint64_t flags)
{
	return SSL_new(NULL);
}
int SSL_write_ex2(SSL *ssl, const void *buf, size_t num, uint64_t flags, size_t *written);
int SSL_write_ex2(SSL *ssl, const void *buf, size_t num, uint64_t flags, size_t *written)
{
	*written = num;
	return flags == 5;
}
int SSL_handle_events(SSL *ssl);
int SSL_handle_events(SSL *ssl)
{
	return 1;
}
EVP_PKEY_CTX *EVP_MD_CTX_get_pkey_ctx(const EVP_MD_CTX *ctx)
{
	return NULL;
}
int ASYNC_set_mem_functions(void *(*alloc)(size_t *), void (*release)(void *));
int ASYNC_set_mem_functions(void *(*alloc)(size_t *), void (*release)(void *))
{
	return 1;
}
#endif
