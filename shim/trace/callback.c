/* SPDX-License-Identifier: Apache-2.0 */
/* Callbacks of wait contexts, seen when they fire. */
#include "trace/callback.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "trace/tracer.h"

/*
 * Never freed, because an engine may call it late. There is one for each callback and argument that
 * were ever in use at a time: arguments are objects of connections, whose addresses come back.
 */
struct wrapped {
	struct wrapped *next; /* constant */
	ASYNC_callback_fn callback;
	void *arg;
	_Atomic uint32_t wctx; /* the wait context that it was last set in */
};

#define BUCKETS 1024

static _Atomic(struct wrapped *) buckets[BUCKETS];

static int fire(void *arg)
{
	struct wrapped *w = arg;

	ATLS_EMIT(callback_fire, .wctx = atomic_load(&w->wctx));
	return w->callback(w->arg);
}

static _Atomic(struct wrapped *) *bucket_of(const void *arg)
{
	return &buckets[(uintptr_t)arg * UINT64_C(0x9E3779B97F4A7C15) >> 54];
}

static struct wrapped *find(struct wrapped *w, ASYNC_callback_fn callback, const void *arg)
{
	while (w && (w->callback != callback || w->arg != arg))
		w = w->next;
	return w;
}

static struct wrapped *add(ASYNC_callback_fn callback, void *arg)
{
	_Atomic(struct wrapped *) *bucket = bucket_of(arg);
	struct wrapped *w = malloc(sizeof(*w)), *found;

	if (!w)
		return NULL;
	*w = (struct wrapped){ .callback = callback, .arg = arg, .next = atomic_load(bucket) };
	do {
		found = find(w->next, callback, arg); /* by another thread meanwhile */
		if (found) {
			free(w);
			return found;
		}
	} while (!atomic_compare_exchange_weak(bucket, &w->next, w));
	return w;
}

void atls_callback_wrap(ASYNC_callback_fn *callback, void **arg, uint32_t wctx)
{
	struct wrapped *w = find(atomic_load(bucket_of(*arg)), *callback, *arg);

	if (!w && !(w = add(*callback, *arg)))
		return;
	atomic_store(&w->wctx, wctx);
	*callback = fire;
	*arg = w;
}

void atls_callback_unwrap(ASYNC_callback_fn *callback, void **arg)
{
	const struct wrapped *w = *arg;

	if (*callback != fire)
		return;
	*callback = w->callback;
	*arg = w->arg;
}
