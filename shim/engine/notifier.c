/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's wait fd: one eventfd for each wait context. */
#include "engine/notifier.h"

#include <stdlib.h>
#include <sys/eventfd.h>

#include "ident.h"
#include "real.h"
#include "tracer.h"

/* Wait fds are found by the address of this. */
static const char engine_key;

struct atls_notifier *atls_notifier_ref(struct atls_notifier *n)
{
	atomic_fetch_add_explicit(&n->refs, 1, memory_order_relaxed);
	return n;
}

void atls_notifier_unref(struct atls_notifier *n)
{
	if (n && atomic_fetch_sub_explicit(&n->refs, 1, memory_order_acq_rel) == 1) {
		close(n->fd);
		free(n);
	}
}

static void at_wait_ctx_free(ASYNC_WAIT_CTX *ctx, const void *key, OSSL_ASYNC_FD fd, void *custom)
{
	atls_notifier_unref(custom);
}

static struct atls_notifier *create(void)
{
	struct atls_notifier *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->refs = 1;
	n->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (n->fd < 0) {
		free(n);
		return NULL;
	}
	return n;
}

struct atls_notifier *atls_notifier_of(ASYNC_WAIT_CTX *ctx)
{
	struct atls_notifier *n = NULL;
	OSSL_ASYNC_FD fd;
	void *custom;

	if (REAL(ASYNC_WAIT_CTX_get_fd)(ctx, &engine_key, &fd, &custom))
		n = custom;
	else if ((n = create()) && !ASYNC_WAIT_CTX_set_wait_fd(ctx, &engine_key, n->fd, n, at_wait_ctx_free)) {
		atls_notifier_unref(n);
		n = NULL;
	}
	if (n)
		n->wctx = atls_recording() ? atls_waitctx_id(ctx) : 0;
	return n;
}

void atls_notifier_retire(ASYNC_WAIT_CTX *ctx)
{
	OSSL_ASYNC_FD fd;
	void *custom;

	if (REAL(ASYNC_WAIT_CTX_get_fd)(ctx, &engine_key, &fd, &custom) &&
	    ASYNC_WAIT_CTX_clear_fd(ctx, &engine_key))
		atls_notifier_unref(custom);
}

void atls_notifier_wake(struct atls_notifier *n)
{
	/* Before the write, so that no thread can see the fd ready before the trace says why. */
	ATLS_EMIT(wake, .wctx = n->wctx, .fd = n->fd);
	REAL_LIBC(eventfd_write)(n->fd, 1);
}

void atls_notifier_drain(struct atls_notifier *n)
{
	eventfd_t ignored;

	eventfd_read(n->fd, &ignored);
}
