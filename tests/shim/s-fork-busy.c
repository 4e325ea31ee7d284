/* SPDX-License-Identifier: Apache-2.0 */
/* A fork does not wait for a long operation, and its child can use OpenSSL. */
// MODE engine
// ENGINE workers=1,keys=all
// EVENTS job_start=5 engine_submit=5 engine_done=5 job_finish=5
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/async.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "own-key.h"

static pthread_t program;
static sem_t begun, forked;
static bool holds, waited_for;

/*
 * On another thread than the program's it ends once that has forked; not long after, to end the
 * test.
 */
static int sign(int size, const unsigned char *from, unsigned char *to, RSA *rsa, int padding)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 900000000;
	until.tv_sec += 1 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	sem_post(&begun);
	if (holds && !pthread_equal(pthread_self(), program))
		waited_for = sem_timedwait(&forked, &until) != 0;
	return sign_as_openssl(size, from, to, rsa, padding);
}

static int in_child(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	return key && sign_something(&key) == 1;
}

static void await(ASYNC_WAIT_CTX *ctx)
{
	struct pollfd p = { .events = POLLIN };
	OSSL_ASYNC_FD fd;
	size_t n = 1;

	CHECK(ASYNC_WAIT_CTX_get_all_fds(ctx, &fd, &n) && n == 1);
	p.fd = fd;
	CHECK(poll(&p, 1, 30000) == 1);
}

static ASYNC_WAIT_CTX *ctx;
static EVP_PKEY *key;

static int step(ASYNC_JOB **job, int *result)
{
	return ASYNC_start_job(job, ctx, result, sign_something, &key, sizeof(key));
}

static int finish(ASYNC_JOB *job, int state, int result)
{
	while (state == ASYNC_PAUSE) {
		await(ctx);
		state = step(&job, &result);
	}
	return state == ASYNC_FINISH && result == 1;
}

int main(void)
{
	ASYNC_JOB *job = NULL;
	int state, result = 0, status;
	pid_t child;

	program = pthread_self();
	CHECK((ctx = ASYNC_WAIT_CTX_new()));
	key = own_key(sign);
	sem_init(&begun, 0, 0);
	sem_init(&forked, 0, 0);
	for (int i = 0; i < 4; i++) { /* OpenSSL prepares itself, and the key */
		state = step(&job, &result);
		CHECK(!sem_wait(&begun) && finish(job, state, result));
		job = NULL;
	}
	holds = true;
	state = step(&job, &result);
	CHECK(!sem_wait(&begun));
	child = fork();
	CHECK(child >= 0);
	if (!child)
		_exit(in_child());
	sem_post(&forked);
	result = finish(job, state, result);
	CHECK(waitpid(child, &status, 0) == child);
	printf("signed: %d, child: %d, fork waited: %d\n", result, WEXITSTATUS(status), waited_for);
	ASYNC_WAIT_CTX_free(ctx);
	EVP_PKEY_free(key);
	return 0;
}
