/* SPDX-License-Identifier: Apache-2.0 */
/* Wrappers of the ASYNC_* calls: jobs and wait contexts. */
#include "shim.h"

#include <dlfcn.h>

#include "conn.h"
#include "engine/notifier.h"
#include "ident.h"
#include "real.h"
#include "thread.h"
#include "tracer.h"

static uint32_t note_start(ASYNC_JOB *job, ASYNC_WAIT_CTX *wctx)
{
	uint32_t id;

	atls_self.tls = true;
	if (job) {
		id = atls_job_id(job);
		ATLS_EMIT(job_resume, .job = id);
		return id;
	}
	id = atls_job_new();
	ATLS_EMIT(job_start, .job = id, .conn = atls_self.frame.conn_id, .wctx = atls_waitctx_id(wctx),
		  .op = atls_self.frame.work);
	return id;
}

static void note_return(int status, const ASYNC_JOB *before, const ASYNC_JOB *after, uint32_t id, int ret)
{
	switch (status) {
	case ASYNC_PAUSE:
		if (!before)
			atls_job_remember(after, id);
		ATLS_EMIT(job_pause, .job = id);
		return;
	case ASYNC_FINISH:
		ATLS_EMIT(job_finish, .job = id, .ret = ret);
		break;
	case ASYNC_NO_JOBS:
		ATLS_EMIT(job_no_jobs, .job = id);
		break;
	default:
		ATLS_EMIT(job_error, .job = id);
	}
	if (before)
		atls_job_forget(before);
}

/* True if code is part of libssl. Asking costs a microsecond, so the last answer is kept. */
static bool in_libssl(const void *code)
{
	static _Atomic(const void *) inside, outside;
	Dl_info libssl, info;

	if (code == atomic_load_explicit(&inside, memory_order_relaxed))
		return true;
	if (code == atomic_load_explicit(&outside, memory_order_relaxed))
		return false;
	if (REAL(SSL_new) && dladdr((void *)REAL(SSL_new), &libssl) && dladdr(code, &info) &&
	    info.dli_fbase == libssl.dli_fbase) {
		atomic_store_explicit(&inside, code, memory_order_relaxed);
		return true;
	}
	atomic_store_explicit(&outside, code, memory_order_relaxed);
	return false;
}

/*
 * libssl starts a job without one of our wrappers on the stack where it calls itself, as its BIO
 * does. The first member of its jobs' arguments is the SSL, in every version. Returns that, or NULL.
 */
static SSL *adopt_connection(const void *caller, void *args, size_t size)
{
	struct atls_frame *frame = &atls_self.frame;
	SSL *ssl;

	if (frame->conn || size < sizeof(SSL *) || !in_libssl(caller))
		return NULL;
	ssl = *(SSL **)args;
	frame->conn = atls_conn_of(ssl);
	frame->conn_id = frame->conn ? frame->conn->id : 0;
	frame->work = REAL(SSL_is_init_finished)(ssl) ? ATLS_OP_NONE : ATLS_OP_HANDSHAKE;
	return frame->conn ? ssl : NULL;
}

EXPORT int ASYNC_start_job(ASYNC_JOB **job, ASYNC_WAIT_CTX *ctx, int *ret, int (*func)(void *), void *args,
			   size_t size)
{
	struct atls_frame frame = atls_self.frame;
	ASYNC_JOB *before = *job;
	SSL *adopted = NULL;
	uint32_t id = 0;
	int status;

	if (!atls_ready())
		return ASYNC_ERR;
	if (atls_active())
		adopted = adopt_connection(__builtin_return_address(0), args, size);
	if (atls_recording()) {
		id = note_start(before, ctx);
		atls_self.frame.job = id;
	} else {
		atls_dormant();
	}
	status = REAL(ASYNC_start_job)(job, ctx, ret, func, args, size);
	atls_frame_restore(&frame);
	if (id)
		note_return(status, before, *job, id, *ret);
	if (id && adopted)
		atls_conn_note_handshake(adopted, atls_conn_find(adopted));
	return status;
}

/* May never return: an abandoned job stays where it paused. Nothing may depend on what follows. */
EXPORT int ASYNC_pause_job(void)
{
	struct atls_frame frame;
	int ok;

	if (!atls_ready())
		return 0;
	atls_self.frame.told++;
	frame = atls_self.frame;
	ok = REAL(ASYNC_pause_job)();
	atls_frame_restore(&frame);
	return ok;
}

EXPORT void ASYNC_block_pause(void)
{
	if (!atls_ready())
		return;
	/* Outside a job both are without effect. */
	if (REAL(ASYNC_get_current_job)())
		atls_self.blocked++;
	REAL(ASYNC_block_pause)();
}

EXPORT void ASYNC_unblock_pause(void)
{
	if (!atls_ready())
		return;
	if (atls_self.blocked && REAL(ASYNC_get_current_job)())
		atls_self.blocked--;
	REAL(ASYNC_unblock_pause)();
}

EXPORT ASYNC_WAIT_CTX *ASYNC_WAIT_CTX_new(void)
{
	return atls_ready() ? REAL(ASYNC_WAIT_CTX_new)() : NULL;
}

EXPORT void ASYNC_WAIT_CTX_free(ASYNC_WAIT_CTX *ctx)
{
	if (!atls_ready())
		return;
	if (ctx) {
		atls_notifier_forget(ctx);
		atls_waitctx_forget(ctx);
	}
	REAL(ASYNC_WAIT_CTX_free)(ctx);
}

EXPORT int ASYNC_WAIT_CTX_set_wait_fd(ASYNC_WAIT_CTX *ctx, const void *key, OSSL_ASYNC_FD fd, void *custom_data,
				      void (*cleanup)(ASYNC_WAIT_CTX *, const void *, OSSL_ASYNC_FD, void *))
{
	uint32_t id;
	int ok;

	if (!atls_ready())
		return 0;
	ok = REAL(ASYNC_WAIT_CTX_set_wait_fd)(ctx, key, fd, custom_data, cleanup);
	if (ok && atls_recording()) {
		id = atls_waitctx_id(ctx);
		atls_waitctx_add_fd(id, fd);
		ATLS_EMIT(wait_fd_set, .wctx = id, .fd = fd);
	}
	return ok;
}

EXPORT int ASYNC_WAIT_CTX_clear_fd(ASYNC_WAIT_CTX *ctx, const void *key)
{
	OSSL_ASYNC_FD fd = OSSL_BAD_ASYNC_FD;
	void *custom;
	int ok;

	if (!atls_ready())
		return 0;
	if (atls_recording())
		REAL(ASYNC_WAIT_CTX_get_fd)(ctx, key, &fd, &custom);
	ok = REAL(ASYNC_WAIT_CTX_clear_fd)(ctx, key);
	if (ok && fd != OSSL_BAD_ASYNC_FD) {
		ATLS_EMIT(wait_fd_clear, .wctx = atls_waitctx_id(ctx), .fd = fd);
		atls_waitctx_add_fd(0, fd);
	}
	return ok;
}

EXPORT int ASYNC_WAIT_CTX_set_status(ASYNC_WAIT_CTX *ctx, int status)
{
	if (!atls_ready() || !REAL(ASYNC_WAIT_CTX_set_status))
		return 0;
	ATLS_EMIT(wait_status, .wctx = atls_waitctx_id(ctx), .status = status);
	return REAL(ASYNC_WAIT_CTX_set_status)(ctx, status);
}

EXPORT int ASYNC_WAIT_CTX_set_callback(ASYNC_WAIT_CTX *ctx, ASYNC_callback_fn callback, void *callback_arg)
{
	if (!atls_ready() || !REAL(ASYNC_WAIT_CTX_set_callback))
		return 0;
	ATLS_EMIT(wait_callback, .wctx = atls_waitctx_id(ctx), .set = callback != NULL);
	return REAL(ASYNC_WAIT_CTX_set_callback)(ctx, callback, callback_arg);
}
