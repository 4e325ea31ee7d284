/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the faults: one job at a time, and a server whose handshake pauses. */
#pragma once

#include <openssl/async.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../shim/pair.h"

/*
 * A fault, named like its rule. The function commits it or, if healthy, does the same work as it
 * ought to be done:
 *
 *   FAULT(lost_wake)
 *   {
 *           if (healthy) ...
 *
 * The linker makes a table of all faults from their section.
 */
struct fault {
	const char *name;
	void (*commit)(bool healthy);
};

#define FAULT(name)                                                         \
	static void name(bool healthy);                                     \
	static const struct fault fault_##name                              \
		__attribute__((used, section("faults"))) = { #name, name }; \
	static void name(bool healthy)

extern const struct fault __start_faults[], __stop_faults[];

struct work {
	ASYNC_WAIT_CTX *ctx;
	ASYNC_JOB *job;
	int fd;	    /* its eventfd */
	int pauses; /* still to come */
	int ret;
};

static inline void work_init(struct work *w, int pauses)
{
	*w = (struct work){ .ctx = ASYNC_WAIT_CTX_new(),
			    .fd = eventfd(0, EFD_NONBLOCK),
			    .pauses = pauses };
	CHECK(w->ctx && w->fd >= 0);
	CHECK(ASYNC_WAIT_CTX_set_wait_fd(w->ctx, w, w->fd, NULL, NULL));
}

static inline void work_finish(struct work *w)
{
	ASYNC_WAIT_CTX_clear_fd(w->ctx, w);
	ASYNC_WAIT_CTX_free(w->ctx);
	close(w->fd);
}

static inline int pausing(void *args)
{
	struct work *w = *(struct work **)args;

	while (w->pauses-- > 0)
		ASYNC_pause_job();
	return 1;
}

/* Start or resume. */
static inline int work_go(struct work *w)
{
	return ASYNC_start_job(&w->job, w->ctx, &w->ret, pausing, &w, sizeof(w));
}

/* Wake it as an engine does, and wait for it as a loop does. */
static inline void work_wake(struct work *w)
{
	struct pollfd p = { .fd = w->fd, .events = POLLIN };
	OSSL_ASYNC_FD fd;
	eventfd_t value;
	size_t n = 1;

	CHECK(ASYNC_WAIT_CTX_get_all_fds(w->ctx, &fd, &n) && n == 1);
	CHECK(!eventfd_write(w->fd, 1));
	CHECK(poll(&p, 1, 10000) == 1);
	CHECK(!eventfd_read(w->fd, &value));
}

/* All of it, as it ought to be done. */
static inline void work_run(int pauses)
{
	struct work w;

	work_init(&w, pauses);
	while (work_go(&w) == ASYNC_PAUSE)
		work_wake(&w);
	work_finish(&w);
}

/*
 * A server whose certificate callback stands for an engine: it pauses, with an eventfd to wait for.
 */
struct server {
	struct pair pair;
	int fd, pauses;
	bool raise;		    /* an error before the pause */
	ASYNC_callback_fn callback; /* of libssl's */
	void *callback_arg;
};

void server_init(struct server *s, int pauses);
/* One step of both sides; returns SSL_get_error of the server's. */
int server_step(struct server *s);
/* Ask for the fds, wake, wait. */
void server_wake(struct server *s);
/* Step and wake until both sides are done. */
void server_run(struct server *s);
void server_finish(struct server *s);
