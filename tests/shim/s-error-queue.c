/* SPDX-License-Identifier: Apache-2.0 */
/* errno and the thread's error queue pass through every wrapped call untouched. */
// EVENTS job_start=1 job_finish=1 ssl_new=1 ssl_begin>=1
#include <errno.h>
#include <openssl/async.h>
#include <stdio.h>

#include "pair.h"

static int work(void *args)
{
	errno = ENOTTY;
	CHECK(ASYNC_pause_job());
	printf("in job, errno %d\n", errno);
	return 1;
}

static void say(const char *what)
{
	printf("%s: errno %d, error %lx\n", what, errno, ERR_peek_error());
}

int main(void)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_WAIT_CTX_new();
	SSL_CTX *ssl_ctx = SSL_CTX_new(TLS_client_method());
	ASYNC_JOB *job = NULL;
	int ret;
	SSL *ssl;

	ERR_raise(ERR_LIB_USER, 77);
	errno = ERANGE;
	say("before");
	ASYNC_start_job(&job, ctx, &ret, work, NULL, 0);
	say("paused");
	errno = EDOM;
	ASYNC_start_job(&job, ctx, &ret, work, NULL, 0);
	say("finished");
	errno = EDOM;
	ssl = SSL_new(ssl_ctx);
	say("SSL_new");
	printf("handshake without a state: %d\n", SSL_do_handshake(ssl));
	printf("queue: %lx %lx\n", ERR_get_error(), ERR_get_error());
	printf("error: %d\n", SSL_get_error(ssl, -1));
	SSL_free(ssl);
	SSL_CTX_free(ssl_ctx);
	ASYNC_WAIT_CTX_free(ctx);
	return 0;
}
