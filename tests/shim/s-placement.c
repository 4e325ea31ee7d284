/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that is bound to a processor does not bind the engine's workers to it. */
// MODE engine
// ENGINE workers=1,keys=all
// EVENTS job_start=1 engine_submit=1 job_finish=1
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/async.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

#include "own-key.h"

static pthread_t program;
static cpu_set_t at_start;
static bool bound;

static int sign(int size, const unsigned char *from, unsigned char *to, RSA *rsa, int padding)
{
	cpu_set_t now;

	CHECK(!sched_getaffinity(0, sizeof(now), &now));
	bound = !pthread_equal(pthread_self(), program) && !CPU_EQUAL(&now, &at_start);
	return sign_as_openssl(size, from, to, rsa, padding);
}

/* As event loops are bound, one to each processor. */
static void bind_here(void)
{
	cpu_set_t one;
	int cpu = 0;

	CHECK(!sched_getaffinity(0, sizeof(at_start), &at_start));
	while (!CPU_ISSET(cpu, &at_start))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	CHECK(!sched_setaffinity(0, sizeof(one), &one));
}

int main(void)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_WAIT_CTX_new();
	EVP_PKEY *key = own_key(sign);
	ASYNC_JOB *job = NULL;
	int result;

	program = pthread_self();
	bind_here();
	while (ASYNC_start_job(&job, ctx, &result, sign_something, &key, sizeof(key)) ==
	       ASYNC_PAUSE) {
		struct pollfd p = { .events = POLLIN };
		OSSL_ASYNC_FD fd;
		size_t n = 1;

		CHECK(ASYNC_WAIT_CTX_get_all_fds(ctx, &fd, &n) && n == 1);
		p.fd = fd;
		CHECK(poll(&p, 1, 30000) == 1);
	}
	printf("signed: %d, bound to the loop's processor: %d\n", result, bound);
	ASYNC_WAIT_CTX_free(ctx);
	EVP_PKEY_free(key);
	return 0;
}
