/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers that the catalogue has from OpenSSL are OpenSSL's. */
#include <openssl/async.h>
#include <openssl/ssl.h>

#include "base/codes.h"
#include "test.h"

#define SAME(name) is(ATLS_##name, name, #name)

int main(void)
{
	SAME(SSL_ERROR_NONE);
	SAME(SSL_ERROR_SSL);
	SAME(SSL_ERROR_WANT_READ);
	SAME(SSL_ERROR_WANT_WRITE);
	SAME(SSL_ERROR_WANT_X509_LOOKUP);
	SAME(SSL_ERROR_SYSCALL);
	SAME(SSL_ERROR_ZERO_RETURN);
	SAME(SSL_ERROR_WANT_CONNECT);
	SAME(SSL_ERROR_WANT_ACCEPT);
	SAME(SSL_ERROR_WANT_ASYNC);
	SAME(SSL_ERROR_WANT_ASYNC_JOB);
	SAME(SSL_ERROR_WANT_CLIENT_HELLO_CB);
#ifdef ASYNC_STATUS_EAGAIN /* since OpenSSL 3.0 */
	SAME(ASYNC_STATUS_UNSUPPORTED);
	SAME(ASYNC_STATUS_ERR);
	SAME(ASYNC_STATUS_OK);
	SAME(ASYNC_STATUS_EAGAIN);
#endif
	return done();
}
