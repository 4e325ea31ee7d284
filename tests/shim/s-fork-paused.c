/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forked while an operation is under way: parent and child both bring the job to its end, each
 * alone.
 */
// MODE engine
// ENGINE workers=1,latency=any:30ms
// EVENTS job_start=2 engine_submit>=2 job_finish>=4
#include <openssl/async.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pair.h"

static EVP_PKEY *key;

static int sign(void *args)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned char sig[256];
	size_t size = sizeof(sig);
	int ok;

	CHECK(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key) == 1);
	ok = EVP_DigestSign(md, sig, &size, (const unsigned char *)"text", 4);
	EVP_MD_CTX_free(md);
	return ok;
}

struct job {
	ASYNC_WAIT_CTX *ctx;
	ASYNC_JOB *job;
	int status, result;
};

static void step(struct job *j)
{
	j->status = ASYNC_start_job(&j->job, j->ctx, &j->result, sign, NULL, 0);
	CHECK(j->status == ASYNC_PAUSE || j->status == ASYNC_FINISH);
}

static int finish(struct job *j)
{
	struct pollfd p = { .events = POLLIN };
	OSSL_ASYNC_FD fd;
	size_t n = 1;

	while (j->status == ASYNC_PAUSE) {
		CHECK(ASYNC_WAIT_CTX_get_all_fds(j->ctx, &fd, &n) && n == 1);
		p.fd = fd;
		CHECK(poll(&p, 1, 10000) == 1);
		step(j);
	}
	return j->result;
}

int main(void)
{
	struct job jobs[2] = { 0 };
	int status;
	pid_t child;

	CHECK((key = EVP_EC_gen("P-256")));
	for (int i = 0; i < 2; i++) {
		CHECK((jobs[i].ctx = ASYNC_WAIT_CTX_new()));
		step(&jobs[i]); /* the one that a worker is at, and one that waits for it */
	}
	child = fork();
	CHECK(child >= 0);
	if (!child)
		_exit(10 * finish(&jobs[0]) + finish(&jobs[1]));
	CHECK(finish(&jobs[0]) == 1 && finish(&jobs[1]) == 1);
	CHECK(waitpid(child, &status, 0) == child);
	printf("child: %d\n", WEXITSTATUS(status));
	return 0;
}
