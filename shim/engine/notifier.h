/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the engine tells a wait context that an operation is done: one eventfd for the wait context's
 * whole life. Reference-counted, because a worker may still be about to write to the eventfd when the
 * program frees the wait context; without that, the write could reach a stranger's reused fd number.
 */
#pragma once

#include <openssl/async.h>
#include <stdatomic.h>
#include <stdint.h>

struct atls_notifier {
	_Atomic int refs;
	int fd;
	uint32_t wctx; /* id, 0 when not recorded; for the wake event */
};

/*
 * The notifier of ctx, made and published with ASYNC_WAIT_CTX_set_wait_fd on first use; the wait
 * context owns one reference. NULL when out of memory or fds. Call on the job's thread.
 */
struct atls_notifier *atls_notifier_of(ASYNC_WAIT_CTX *ctx);
/* Part ctx from its notifier before ctx ends, so that it holds no fd. For a ctx that nobody asks for fds. */
void atls_notifier_retire(ASYNC_WAIT_CTX *ctx);
struct atls_notifier *atls_notifier_ref(struct atls_notifier *n);
void atls_notifier_unref(struct atls_notifier *n);
/* Make the wait fd readable. Any thread. */
void atls_notifier_wake(struct atls_notifier *n);
/* Make it unreadable again, once its news has been taken. */
void atls_notifier_drain(struct atls_notifier *n);
