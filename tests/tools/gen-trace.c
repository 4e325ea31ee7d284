/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gen-trace PROVIDER JOBS [INFLIGHT]: play synthetic jobs through the real LTTng provider, as fast as
 * they can be recorded. Without a session it plays to nobody. Says how many events it emitted.
 *
 * Each job is one handshake on a connection of its own; INFLIGHT of them (64) advance in turns, a
 * step at a time, so that their events interleave as a server's do. The sequence is the same in
 * every run. Of 16 jobs one is woken before it pauses, one is resumed too early, one does its
 * operation in place and never pauses.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "provider.h"

static const struct atls_provider *provider;
static unsigned long emitted;

#define EMIT(name, ...)                                             \
	do {                                                        \
		const struct atls_##name payload = { __VA_ARGS__ }; \
		if (*provider->state[ATLS_EV_##name])               \
			provider->emit[ATLS_EV_##name](&payload);   \
		emitted++;                                          \
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
	EMIT(job_start, .job = n, .conn = n, .wctx = n, .op = ATLS_OP_HANDSHAKE);
}

static void submit(uint32_t n)
{
	EMIT(wait_fd_set, .wctx = n, .fd = 40);
	EMIT(engine_submit, .task = n, .job = n, .wctx = n, .crypto = ATLS_CRYPTO_SIGN,
	     .alg = ATLS_ALG_RSA, .bits = 2048);
}

static void pause(uint32_t n)
{
	EMIT(job_pause, .job = n);
	EMIT(ssl_end, .conn = n, .op = ATLS_OP_HANDSHAKE, .ret = -1, .error = 9);
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
static step_fn *const usual[STEPS] = { begin, submit, pause, work, done, ready, resume, finish };
static step_fn *const woken_first[STEPS] = {
	begin, submit, work, done, pause, ready, resume, finish
};
static step_fn *const spurious[STEPS] = { begin, submit, pause, work,	resume,
					  pause, done,	 ready, resume, finish };
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

int main(int argc, char **argv)
{
	void *library = argc > 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
	long jobs = argc > 2 ? atol(argv[2]) : 0, inflight = argc > 3 ? atol(argv[3]) : 64;

	provider = library ? dlsym(library, "asynctls_provider") : NULL;
	if (!provider || provider->abi != ATLS_PROVIDER_ABI || jobs < 1 || inflight < 1) {
		fprintf(stderr, "usage: gen-trace PROVIDER JOBS [INFLIGHT]\n%s\n",
			library ? "" : dlerror());
		return 2;
	}
	EMIT(thread, .comm = "gen-trace", .role = ATLS_ROLE_PROGRAM, .mode = ATLS_MODE_ENGINE,
	     .openssl = 0x30000100);
	play_all((uint32_t)jobs, (uint32_t)inflight);
	printf("%lu\n", emitted);
	return 0;
}
