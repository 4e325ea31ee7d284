/* SPDX-License-Identifier: Apache-2.0 */
/* Serial ids of jobs and wait contexts. */
#include "trace/ident.h"

#include <stdatomic.h>

#include "base/fdtable.h"
#include "base/ptrmap.h"
#include "base/real.h"
#include "base/thread.h"
#include "trace/tracer.h"

static struct atls_ptrmap jobs = ATLS_PTRMAP_INIT;
static struct atls_ptrmap waitctxs = ATLS_PTRMAP_INIT;
static _Atomic uint32_t last_job, last_waitctx;
static _Atomic uint16_t last_thread;

/*
 * A job's entry also says which thread made it in which of that thread's recordings:
 *
 *    63      48 47      32 31                0
 *   |  thread  |  epoch   |       job id      |
 *
 * A job that the same thread paused in an earlier epoch may have ended unseen since, and its
 * pointer been reused. (Another thread's entry is believed: resuming there is a fault worth
 * seeing.)
 */
static uint64_t stamp(void)
{
	if (!atls_self.serial)
		atls_self.serial = atomic_fetch_add(&last_thread, 1) + 1;
	return (uint64_t)atls_self.serial << 48 | (uint64_t)atls_self.epoch << 32;
}

static bool stale(uint64_t entry)
{
	uint64_t now = stamp();

	return entry >> 48 == now >> 48 && (entry >> 32 & 0xffff) != (now >> 32 & 0xffff);
}

uint32_t atls_job_new(void)
{
	return atomic_fetch_add_explicit(&last_job, 1, memory_order_relaxed) + 1;
}

void atls_job_remember(const ASYNC_JOB *job, uint32_t id)
{
	atls_ptrmap_put(&jobs, job, stamp() | id);
}

uint32_t atls_job_id(const ASYNC_JOB *job)
{
	uint64_t entry = atls_ptrmap_get(&jobs, job);

	return entry && !stale(entry) ? (uint32_t)entry : atls_job_new();
}

void atls_job_forget(const ASYNC_JOB *job)
{
	if (!atls_ptrmap_unused(&jobs))
		atls_ptrmap_clear(&jobs, job); /* OpenSSL will use the pointer again */
}

void atls_waitctx_add_fd(uint32_t id, int fd)
{
	struct atls_fd *entry = atls_fd_get(fd);

	if (!entry)
		return;
	atomic_store_explicit(&entry->trace.former_wctx, 0, memory_order_relaxed);
	atomic_store_explicit(&entry->trace.wctx, id, memory_order_release);
}

void atls_waitctx_drop_fd(uint32_t id, int fd)
{
	struct atls_fd *entry = atls_fd_find(fd);

	if (!entry || atomic_load(&entry->trace.wctx) != id)
		return;
	atomic_store(&entry->trace.wctx, 0);
	atomic_store(&entry->trace.former_wctx, id);
}

#define MAX_FDS 32

/* The wait fds of ctx, at most MAX_FDS of them. Returns how many. */
static size_t fds_of(ASYNC_WAIT_CTX *ctx, OSSL_ASYNC_FD fds[MAX_FDS])
{
	size_t n = 0;

	if (!REAL(ASYNC_WAIT_CTX_get_all_fds)(ctx, NULL, &n) || n > MAX_FDS)
		return 0;
	return REAL(ASYNC_WAIT_CTX_get_all_fds)(ctx, fds, &n) ? n : 0;
}

uint32_t atls_waitctx_id(ASYNC_WAIT_CTX *ctx)
{
	uint32_t id = ctx ? (uint32_t)atls_ptrmap_get(&waitctxs, ctx) : 0;
	OSSL_ASYNC_FD fds[MAX_FDS];
	size_t n;

	if (id || !ctx)
		return id;
	id = atomic_fetch_add_explicit(&last_waitctx, 1, memory_order_relaxed) + 1;
	atls_ptrmap_put(&waitctxs, ctx, id);
	ATLS_EMIT(wait_ctx_new, .wctx = id);
	n = fds_of(ctx, fds);
	for (size_t i = 0; i < n; i++)
		atls_waitctx_add_fd(id, fds[i]);
	return id;
}

void atls_waitctx_forget(ASYNC_WAIT_CTX *ctx)
{
	OSSL_ASYNC_FD fds[MAX_FDS];
	uint32_t id;
	size_t n;

	if (atls_ptrmap_unused(&waitctxs) || !(id = (uint32_t)atls_ptrmap_take(&waitctxs, ctx)))
		return;
	n = fds_of(ctx, fds);
	for (size_t i = 0; i < n; i++) {
		ATLS_EMIT(wait_fd_clear, .wctx = id, .fd = fds[i]);
		atls_waitctx_drop_fd(id, fds[i]);
	}
	ATLS_EMIT(wait_ctx_free, .wctx = id);
}
