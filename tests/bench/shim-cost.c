/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What calls cost, in nanoseconds, one "NAME NS" a line: run it bare, with the shim preloaded, and
 * recorded.
 *
 *   shim-cost calls              each wrapped call, in a loop
 *   shim-cost cycle              a job's start, pause, resume and finish
 *   shim-cost recorded PROVIDER LIBCRYPTO   the same recorded, beside bare tracepoints
 *   shim-cost jobs N             N jobs that pause once and are woken through an eventfd
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <openssl/async.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "events/provider.h"

#define BATCHES 41

static ASYNC_WAIT_CTX *ctx;
static SSL *ssl;
static const struct atls_provider *provider;
static int event, null_fd, epoll_fd;

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
	return (*(const double *)a > *(const double *)b) -
	       (*(const double *)a < *(const double *)b);
}

/* Print the lower quartile over the batches: what the machine does at the same time only adds. */
static void measure(const char *name, void (*once)(void), int times)
{
	double ns[BATCHES], began;

	for (int i = 0; i < times; i++)
		once();
	for (int b = 0; b < BATCHES; b++) {
		began = now_ns();
		for (int i = 0; i < times; i++)
			once();
		ns[b] = (now_ns() - began) / times;
	}
	qsort(ns, BATCHES, sizeof(ns[0]), ascending);
	printf("%s %.2f\n", name, ns[BATCHES / 4]);
}

#define CALL(name, statement)         \
	static void call_##name(void) \
	{                             \
		statement;            \
	}

CALL(ASYNC_get_current_job, ASYNC_get_current_job())
CALL(ASYNC_block_pause, ASYNC_block_pause())
CALL(ASYNC_unblock_pause, ASYNC_unblock_pause())
CALL(ASYNC_pause_job, ASYNC_pause_job())
CALL(ASYNC_WAIT_CTX_set_status, ASYNC_WAIT_CTX_set_status(ctx, ASYNC_STATUS_OK))
CALL(ASYNC_WAIT_CTX_get_status, (void)ASYNC_WAIT_CTX_get_status(ctx))
CALL(ASYNC_WAIT_CTX_set_callback, ASYNC_WAIT_CTX_set_callback(ctx, NULL, NULL))
CALL(SSL_get_error, (void)SSL_get_error(ssl, -1))
CALL(SSL_want, (void)SSL_want(ssl))
CALL(SSL_waiting_for_async, (void)SSL_waiting_for_async(ssl))
CALL(SSL_get_mode, SSL_get_mode(ssl))
CALL(SSL_up_ref_and_free, SSL_up_ref(ssl); SSL_free(ssl))
CALL(close_of_no_fd, close(-1))
CALL(write_to_null, (void)!write(null_fd, "x", 1))
CALL(epoll_wait_at_once, struct epoll_event e; epoll_wait(epoll_fd, &e, 1, 0))
CALL(poll_at_once, struct pollfd p = { .fd = null_fd }; poll(&p, 1, 0))

static void calls(void)
{
#define MEASURE(name, times) measure(#name, call_##name, times)
	MEASURE(ASYNC_get_current_job, 20000);
	MEASURE(ASYNC_block_pause, 20000);
	MEASURE(ASYNC_unblock_pause, 20000);
	MEASURE(ASYNC_pause_job, 20000);
	MEASURE(ASYNC_WAIT_CTX_set_status, 20000);
	MEASURE(ASYNC_WAIT_CTX_get_status, 20000);
	MEASURE(ASYNC_WAIT_CTX_set_callback, 20000);
	MEASURE(SSL_get_error, 20000);
	MEASURE(SSL_want, 20000);
	MEASURE(SSL_waiting_for_async, 20000);
	MEASURE(SSL_get_mode, 20000);
	MEASURE(SSL_up_ref_and_free, 20000);
	MEASURE(close_of_no_fd, 5000);
	MEASURE(write_to_null, 5000);
	MEASURE(epoll_wait_at_once, 5000);
	MEASURE(poll_at_once, 5000);
}

static int pause_once(void *args)
{
	ASYNC_pause_job();
	return 1;
}

static void cycle(void)
{
	ASYNC_JOB *job = NULL;
	int ret;

	ASYNC_start_job(&job, ctx, &ret, pause_once, NULL, 0);
	ASYNC_start_job(&job, ctx, &ret, pause_once, NULL, 0);
}

/*
 * The same cycle without the shim, and with LTTng's tracepoints of the same events put in by hand:
 * what the events cost in the place where they are emitted, on two stacks by turns.
 */
static struct {
	int (*start)(ASYNC_JOB **, ASYNC_WAIT_CTX *, int *, int (*)(void *), void *, size_t);
	int (*pause)(void);
} real;

static int pause_unwrapped(void *args)
{
	real.pause();
	return 1;
}

static void cycle_unwrapped(void)
{
	ASYNC_JOB *job = NULL;
	int ret;

	real.start(&job, ctx, &ret, pause_unwrapped, NULL, 0);
	real.start(&job, ctx, &ret, pause_unwrapped, NULL, 0);
}

static void cycle_tracepoints(void)
{
	static uint32_t id;
	ASYNC_JOB *job = NULL;
	int ret;

	id++;
	provider->emit[ATLS_EV_job_start](&(struct atls_job_start){ .job = id });
	real.start(&job, ctx, &ret, pause_unwrapped, NULL, 0);
	provider->emit[ATLS_EV_job_pause](&(struct atls_job_pause){ .job = id });
	provider->emit[ATLS_EV_job_resume](&(struct atls_job_resume){ .job = id });
	real.start(&job, ctx, &ret, pause_unwrapped, NULL, 0);
	provider->emit[ATLS_EV_job_finish](&(struct atls_job_finish){ .job = id, .ret = ret });
}

static void tracepoint(void)
{
	static uint32_t id;

	provider->emit[ATLS_EV_job_finish](&(struct atls_job_finish){ .job = ++id, .ret = 1 });
}

static void recorded(const char *library, const char *libcrypto)
{
	void *handle = dlopen(library, RTLD_NOW | RTLD_GLOBAL);
	void *crypto = dlopen(libcrypto, RTLD_NOW | RTLD_NOLOAD);

	provider = handle ? dlsym(handle, "asynctls_provider") : NULL;
	if (!crypto || !provider || !*provider->state[ATLS_EV_job_finish]) {
		fprintf(stderr, "shim-cost: nobody records\n");
		exit(1);
	}
	real.start = (__typeof__(real.start))dlsym(crypto, "ASYNC_start_job");
	real.pause = (__typeof__(real.pause))dlsym(crypto, "ASYNC_pause_job");
	measure("unwrapped", cycle_unwrapped, 2000);
	measure("tracepoints", cycle_tracepoints, 2000);
	measure("cycle", cycle, 2000);
	measure("tracepoint", tracepoint, 2000);
}

static void woken_job(void)
{
	ASYNC_JOB *job = NULL;
	uint64_t one = 1;
	int ret;

	ASYNC_start_job(&job, ctx, &ret, pause_once, NULL, 0);
	(void)!write(event, &one, sizeof(one));
	(void)!read(event, &one, sizeof(one));
	ASYNC_start_job(&job, ctx, &ret, pause_once, NULL, 0);
}

static void *idle(void *args)
{
	for (;;)
		pause();
	return NULL;
}

int main(int argc, char **argv)
{
	static const char key;
	pthread_t thread;

	/*
	 * LTTng's threads, too, make the libc take the longer way through system calls that can be
	 * cancelled.
	 */
	pthread_create(&thread, NULL, idle, NULL);
	ctx = ASYNC_WAIT_CTX_new();
	ssl = SSL_new(SSL_CTX_new(TLS_client_method()));
	event = eventfd(0, 0);
	null_fd = open("/dev/null", O_WRONLY);
	epoll_fd = epoll_create1(0);
	if (argc < 2 || !ctx || !ssl || !ASYNC_WAIT_CTX_set_wait_fd(ctx, &key, event, NULL, NULL))
		return 2;
	if (!strcmp(argv[1], "calls"))
		calls();
	else if (!strcmp(argv[1], "cycle"))
		measure("cycle", cycle, 2000);
	for (int i = argc > 2 && !strcmp(argv[1], "jobs") ? atoi(argv[2]) : 0; i > 0; i--)
		woken_job();
	if (argc > 3 && !strcmp(argv[1], "recorded"))
		recorded(argv[2], argv[3]);
	return 0;
}
