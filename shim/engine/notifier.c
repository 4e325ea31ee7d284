/* SPDX-License-Identifier: Apache-2.0 */
/* How the engine notifies: an eventfd, or the program's callback. */
#include "engine/notifier.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "base/generation.h"
#include "base/library.h"
#include "base/ptrmap.h"
#include "base/real.h"
#include "trace/ident.h"
#include "trace/tracer.h"

/* Wait fds are found by the address of this. */
static const char engine_key;

/* Of wait contexts with a callback, which nothing else leads from a wait context to us. */
static struct atls_ptrmap by_callback = ATLS_PTRMAP_INIT;

/* All that have an fd, for fork. */
static struct {
	pthread_mutex_t lock;
	struct atls_notifier *first;
} all = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void enlist(struct atls_notifier *n)
{
	pthread_mutex_lock(&all.lock);
	n->next = all.first;
	n->prev = &all.first;
	if (n->next)
		n->next->prev = &n->next;
	all.first = n;
	pthread_mutex_unlock(&all.lock);
}

static void delist(struct atls_notifier *n)
{
	pthread_mutex_lock(&all.lock);
	*n->prev = n->next;
	if (n->next)
		n->next->prev = n->prev;
	pthread_mutex_unlock(&all.lock);
}

struct atls_notifier *atls_notifier_ref(struct atls_notifier *n)
{
	atomic_fetch_add_explicit(&n->refs, 1, memory_order_relaxed);
	return n;
}

void atls_notifier_unref(struct atls_notifier *n)
{
	if (!n || atomic_fetch_sub_explicit(&n->refs, 1, memory_order_acq_rel) > 1)
		return;
	if (n->fd >= 0) {
		delist(n);
		close(n->fd);
	}
	pthread_mutex_destroy(&n->lock);
	free(n);
}

static void at_wait_ctx_free(ASYNC_WAIT_CTX *ctx, const void *key, OSSL_ASYNC_FD fd, void *custom)
{
	atls_notifier_unref(custom);
}

static struct atls_notifier *create(int fd)
{
	struct atls_notifier *n = calloc(1, sizeof(*n));
	pthread_mutexattr_t recursive;

	if (!n)
		return NULL;
	n->refs = 1;
	n->fd = fd;
	n->generation = atls_generation;
	pthread_mutexattr_init(&recursive);
	/* A callback may free its own wait context. */
	pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&n->lock, &recursive);
	pthread_mutexattr_destroy(&recursive);
	if (fd >= 0)
		enlist(n);
	return n;
}

/* After a fork the eventfd is the parent's, too: what one drains, the other would miss. */
static void leave_parent(struct atls_notifier *n)
{
	int own;

	if (n->generation == atls_generation)
		return;
	n->generation = atls_generation;
	own = eventfd(n->awaited, EFD_NONBLOCK | EFD_CLOEXEC);
	if (own < 0)
		return;
	dup3(own, n->fd, O_CLOEXEC);
	close(own);
}

static struct atls_notifier *create_with_fd(ASYNC_WAIT_CTX *ctx)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct atls_notifier *n = fd >= 0 ? create(fd) : NULL;

	if (!n && fd >= 0)
		close(fd);
	if (n && !ASYNC_WAIT_CTX_set_wait_fd(ctx, &engine_key, fd, n, at_wait_ctx_free)) {
		atls_notifier_unref(n);
		n = NULL;
	}
	return n;
}

static struct atls_notifier *by_fd(ASYNC_WAIT_CTX *ctx)
{
	struct atls_notifier *n;
	OSSL_ASYNC_FD fd;
	void *custom;

	if (REAL(ASYNC_WAIT_CTX_get_fd)(ctx, &engine_key, &fd, &custom)) {
		n = custom;
		leave_parent(n);
	} else {
		n = create_with_fd(ctx);
	}
	return n ? atls_notifier_ref(n) : NULL;
}

/*
 * The map's reference is the wait context's; without the shim's wrappers nobody would give it up.
 */
static struct atls_notifier *with_callback(ASYNC_WAIT_CTX *ctx, ASYNC_callback_fn callback,
					   void *argument)
{
	struct atls_notifier *n =
		atls_preloaded ? (void *)(uintptr_t)atls_ptrmap_get(&by_callback, ctx) : NULL;

	if (!n || n->generation != atls_generation) {
		n = create(-1);
		if (!n)
			return NULL;
		if (atls_preloaded && atls_ptrmap_put(&by_callback, ctx, (uintptr_t)n))
			atls_notifier_ref(n);
	} else {
		atls_notifier_ref(n);
	}
	pthread_mutex_lock(&n->lock);
	n->callback = callback;
	n->argument = argument;
	pthread_mutex_unlock(&n->lock);
	return n;
}

struct atls_notifier *atls_notifier_of(ASYNC_WAIT_CTX *ctx)
{
	ASYNC_callback_fn callback = NULL;
	void *argument = NULL;
	struct atls_notifier *n;

	if (REAL(ASYNC_WAIT_CTX_get_callback) &&
	    REAL(ASYNC_WAIT_CTX_get_callback)(ctx, &callback, &argument) && callback)
		n = with_callback(ctx, callback, argument);
	else
		n = by_fd(ctx);
	if (n)
		n->wctx = atls_recording() ? atls_waitctx_id(ctx) : 0;
	return n;
}

void atls_notifier_part(ASYNC_WAIT_CTX *ctx)
{
	OSSL_ASYNC_FD fd;
	void *custom;

	if (REAL(ASYNC_WAIT_CTX_get_fd)(ctx, &engine_key, &fd, &custom) &&
	    ASYNC_WAIT_CTX_clear_fd(ctx, &engine_key))
		atls_notifier_unref(custom);
}

static void call_back(struct atls_notifier *n)
{
	bool twice;

	pthread_mutex_lock(&n->lock);
	do {
		twice = atomic_exchange(&n->twice, false);
		if (n->callback) {
			ATLS_EMIT(callback_fire, .wctx = n->wctx);
			n->callback(n->argument);
		}
	} while (twice);
	pthread_mutex_unlock(&n->lock);
}

void atls_notifier_wake(struct atls_notifier *n)
{
	if (n->fd < 0) {
		call_back(n);
		return;
	}
	/* Before the write, so that no thread can see the fd ready before the trace says why. */
	ATLS_EMIT(wake, .wctx = n->wctx, .fd = n->fd);
	REAL_LIBC(eventfd_write)(n->fd, 1);
}

void atls_notifier_wake_twice(struct atls_notifier *n)
{
	atomic_store(&n->twice, true);
}

void atls_notifier_drain(struct atls_notifier *n)
{
	eventfd_t ignored;

	if (n->fd < 0)
		return;
	leave_parent(n);
	if (!eventfd_read(n->fd, &ignored) && atomic_exchange(&n->twice, false))
		atls_notifier_wake(n);
}

static void silence(struct atls_notifier *n)
{
	pthread_mutex_lock(&n->lock);
	n->callback = NULL;
	pthread_mutex_unlock(&n->lock);
}

void atls_notifier_retire(struct atls_notifier *n)
{
	if (n->fd < 0 && !atls_preloaded && n->generation == atls_generation)
		silence(n);
}

void atls_notifier_forget(ASYNC_WAIT_CTX *ctx)
{
	struct atls_notifier *n;

	if (atls_ptrmap_unused(&by_callback))
		return;
	n = (void *)(uintptr_t)atls_ptrmap_take(&by_callback, ctx);
	if (!n)
		return;
	/* A parent's worker may have held the lock of this copy of it; it does not run here. */
	if (n->generation == atls_generation)
		silence(n);
	atls_notifier_unref(n);
}

void atls_notifier_before_fork(void)
{
	pthread_mutex_lock(&all.lock);
}

void atls_notifier_after_fork(bool child)
{
	if (child)
		pthread_mutex_init(&all.lock, NULL);
	else
		pthread_mutex_unlock(&all.lock);
	for (struct atls_notifier *n = child ? all.first : NULL; n; n = n->next)
		if (n->awaited)
			leave_parent(n);
}
