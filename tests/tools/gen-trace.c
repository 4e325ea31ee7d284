/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gen-trace PROVIDER JOBS [INFLIGHT [PROCESSES]]: play synthetic jobs through the real LTTng
 * provider, as fast as they can be recorded. Without a session it plays to nobody. Says how many
 * events it emitted.
 *
 * Each job is one handshake on a connection of its own; INFLIGHT of them (64) advance in turns, a
 * step at a time, so that their events interleave as a server's do. The sequence is the same in
 * every run. Of 16 jobs one is woken before it pauses, one is resumed too early, one does its
 * operation in place and never pauses.
 *
 * With PROCESSES there are that many, and in each a second thread is the engine's worker: it does
 * what engines do to the jobs, whenever it gets round to them, so that no two runs are the same.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "events/provider.h"

static const struct atls_provider *provider;
static _Atomic unsigned long emitted;

#define EMIT(name, ...)                                                       \
	do {                                                                  \
		const struct atls_##name payload = { __VA_ARGS__ };           \
		if (*provider->state[ATLS_EV_##name])                         \
			provider->emit[ATLS_EV_##name](&payload);             \
		atomic_fetch_add_explicit(&emitted, 1, memory_order_relaxed); \
	} while (0)

/* The serial of a job is that of its connection, wait context and task too. */
struct play {
	uint32_t serial;
	unsigned step;
};

static void begin(uint32_t n)
{
	EMIT(ssl_new, .conn = n, .ptr = 0x55550000 + n * 64ull);
	EMIT(ssl_begin, .conn = n, .op = ATLS_OP_HANDSHAKE);
	EMIT(wait_ctx_new, .wctx = n);
	EMIT(job_start, .job = n, .conn = n, .wctx = n, .op = ATLS_OP_HANDSHAKE);
}

static void submit(uint32_t n)
{
	EMIT(wait_fd_set, .wctx = n, .fd = 40);
	EMIT(engine_submit, .task = n, .job = n, .wctx = n, .crypto = ATLS_CRYPTO_SIGN,
	     .alg = ATLS_ALG_RSA, .bits = 2048);
}

static void pause_job(uint32_t n)
{
	EMIT(job_pause, .job = n);
	EMIT(ssl_end, .conn = n, .op = ATLS_OP_HANDSHAKE, .ret = -1,
	     .error = ATLS_SSL_ERROR_WANT_ASYNC);
	EMIT(loop_enter, .timeout = -1);
}

static void done(uint32_t n)
{
	EMIT(engine_done, .task = n, .ok = 1);
	EMIT(wake, .wctx = n, .fd = 40);
}

static void ready(uint32_t n)
{
	EMIT(fd_ready, .wctx = n, .fd = 40);
	EMIT(loop_exit, .ready = 1);
}

static void resume(uint32_t n)
{
	EMIT(ssl_begin, .conn = n, .op = ATLS_OP_HANDSHAKE);
	EMIT(job_resume, .job = n);
}

static void finish(uint32_t n)
{
	EMIT(job_finish, .job = n, .ret = 1);
	EMIT(handshake, .conn = n, .side = ATLS_SIDE_SERVER, .version = 0x0304, .cipher = 0x1302);
	EMIT(ssl_end, .conn = n, .op = ATLS_OP_HANDSHAKE, .ret = 1);
	EMIT(wait_fd_clear, .wctx = n, .fd = 40);
	EMIT(wait_ctx_free, .wctx = n);
	EMIT(ssl_free, .conn = n);
}

static void work(uint32_t n)
{
	EMIT(engine_begin, .task = n);
}

static void in_place(uint32_t n)
{
	EMIT(engine_inplace, .job = n, .conn = n, .cost = 700, .crypto = ATLS_CRYPTO_SIGN,
	     .alg = ATLS_ALG_RSA, .bits = 2048, .reason = ATLS_REASON_FULL);
}

typedef void step_fn(uint32_t n);

#define STEPS 10
static step_fn *const usual[STEPS] = {
	begin, submit, pause_job, work, done, ready, resume, finish
};
static step_fn *const woken_first[STEPS] = { begin,	submit, work,	done,
					     pause_job, ready,	resume, finish };
static step_fn *const spurious[STEPS] = { begin,     submit, pause_job, work,	resume,
					  pause_job, done,   ready,	resume, finish };
static step_fn *const done_in_place[STEPS] = { begin, in_place, finish };

static step_fn *const *script(uint32_t serial)
{
	switch (serial % 16) {
	case 3:
		return woken_first;
	case 7:
		return spurious;
	case 11:
		return done_in_place;
	default:
		return usual;
	}
}

/* One step of p. Returns 1 if its job is over. */
static int advance(struct play *p)
{
	step_fn *const *steps = script(p->serial);

	steps[p->step++](p->serial);
	return p->step == STEPS || !steps[p->step];
}

static void play_all(uint32_t jobs, uint32_t inflight)
{
	struct play *plays = calloc(inflight, sizeof(*plays));
	uint32_t started = 0, open = 0;

	if (!plays)
		abort();
	do {
		for (uint32_t i = 0; i < inflight; i++) {
			struct play *p = &plays[i];

			if (!p->serial && started < jobs) {
				p->serial = ++started;
				open++;
			}
			if (!p->serial || !advance(p))
				continue;
			*p = (struct play){ 0 };
			open--;
		}
	} while (open || started < jobs);
	free(plays);
}

/* ---- with a worker -------------------------------------------------------------------------- */

/* Jobs on their way to the worker and back, a slot each. */
struct bench {
	_Atomic uint32_t *slots; /* serial of a job that waits for the worker, else 0 */
	_Atomic bool over;
	uint32_t inflight;
};

static void *work_on(void *argument)
{
	struct bench *b = argument;

	EMIT(thread, .comm = "worker", .role = ATLS_ROLE_ENGINE, .mode = ATLS_MODE_BRIDGE,
	     .openssl = 0x30000100);
	while (!b->over) {
		bool idle = true;

		for (uint32_t i = 0; i < b->inflight; i++) {
			uint32_t n = b->slots[i];

			if (!n)
				continue;
			work(n);
			done(n);
			b->slots[i] = 0;
			idle = false;
		}
		if (idle)
			sched_yield();
	}
	return NULL;
}

static void play_with_worker(uint32_t jobs, uint32_t inflight)
{
	struct bench b = { .inflight = inflight };
	uint32_t *open = calloc(inflight, sizeof(*open)), started = 0, finished = 0;
	pthread_t worker;

	b.slots = calloc(inflight, sizeof(*b.slots));
	if (!open || !b.slots || pthread_create(&worker, NULL, work_on, &b))
		abort();
	while (finished < jobs) {
		uint32_t before = started + finished;

		for (uint32_t i = 0; i < inflight; i++) {
			if (open[i] && !b.slots[i]) {
				ready(open[i]);
				resume(open[i]);
				finish(open[i]);
				open[i] = 0;
				finished++;
			}
			if (!open[i] && started < jobs) {
				open[i] = ++started;
				begin(started);
				submit(started);
				pause_job(started);
				b.slots[i] = started;
			}
		}
		if (before == started + finished)
			sched_yield();
	}
	b.over = true;
	pthread_join(worker, NULL);
}

static void say_thread(void)
{
	EMIT(process, .nofile = 1024, .capable = 1);
	EMIT(thread, .comm = "gen-trace", .role = ATLS_ROLE_PROGRAM, .mode = ATLS_MODE_ENGINE,
	     .openssl = 0x30000100);
}

static int play_processes(long jobs, long inflight, long processes)
{
	int status = 0, one;

	for (long i = 0; i < processes; i++)
		if (!fork()) {
			say_thread();
			play_with_worker((uint32_t)(jobs / processes), (uint32_t)inflight);
			printf("%lu\n", emitted);
			fflush(stdout);
			_exit(0);
		}
	while (wait(&one) > 0)
		status |= one;
	return status ? 1 : 0;
}

int main(int argc, char **argv)
{
	void *library = argc > 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
	long jobs = argc > 2 ? atol(argv[2]) : 0, inflight = argc > 3 ? atol(argv[3]) : 64;
	long processes = argc > 4 ? atol(argv[4]) : 0;

	provider = library ? dlsym(library, "asynctls_provider") : NULL;
	if (!provider || provider->abi != ATLS_PROVIDER_ABI || jobs < 1 || inflight < 1) {
		fprintf(stderr, "usage: gen-trace PROVIDER JOBS [INFLIGHT [PROCESSES]]\n%s\n",
			library ? "" : dlerror());
		return 2;
	}
	if (processes > 0)
		return play_processes(jobs, inflight, processes);
	say_thread();
	play_all((uint32_t)jobs, (uint32_t)inflight);
	printf("%lu\n", emitted);
	return 0;
}
