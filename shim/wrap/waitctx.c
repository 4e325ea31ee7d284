/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wrappers of the ASYNC_WAIT_CTX_* calls. libssl's own functions (SSL_get_all_async_fds and the
 * like) come by here too, so that those need no wrappers.
 */
#include "base/object.h"
#include "base/thread.h"
#include "engine/notifier.h"
#include "shim.h"
#include "trace/callback.h"
#include "trace/ident.h"

EXPORT ASYNC_WAIT_CTX *ASYNC_WAIT_CTX_new(void)
{
	ASYNC_WAIT_CTX *ctx;

	ATLS_BEGIN_CRYPTO(ASYNC_WAIT_CTX_new);
	ctx = REAL(ASYNC_WAIT_CTX_new)();
	if (ctx && atls_recording())
		atls_waitctx_id(ctx); /* emits wait_ctx_new */
	return ctx;
}

EXPORT void ASYNC_WAIT_CTX_free(ASYNC_WAIT_CTX *ctx)
{
	ATLS_BEGIN_CRYPTO(ASYNC_WAIT_CTX_free, ctx);
	if (ctx) {
		atls_notifier_forget(ctx);
		atls_waitctx_forget(ctx);
	}
	REAL(ASYNC_WAIT_CTX_free)(ctx);
}

EXPORT int ASYNC_WAIT_CTX_set_wait_fd(ASYNC_WAIT_CTX *ctx, const void *key, OSSL_ASYNC_FD fd,
				      void *custom_data,
				      void (*cleanup)(ASYNC_WAIT_CTX *, const void *, OSSL_ASYNC_FD,
						      void *))
{
	OSSL_ASYNC_FD earlier;
	bool again = false;
	void *custom;
	uint32_t id;
	int ok;

	ATLS_BEGIN_CRYPTO(ASYNC_WAIT_CTX_set_wait_fd, ctx, key, fd, custom_data, cleanup);
	if (atls_recording())
		again = REAL(ASYNC_WAIT_CTX_get_fd)(ctx, key, &earlier, &custom) > 0;
	ok = REAL(ASYNC_WAIT_CTX_set_wait_fd)(ctx, key, fd, custom_data, cleanup);
	if (ok && atls_recording()) {
		id = atls_waitctx_id(ctx);
		atls_waitctx_add_fd(id, fd);
		ATLS_EMIT(wait_fd_set, .wctx = id, .fd = fd, .again = again);
	}
	return ok;
}

EXPORT int ASYNC_WAIT_CTX_clear_fd(ASYNC_WAIT_CTX *ctx, const void *key)
{
	OSSL_ASYNC_FD fd = OSSL_BAD_ASYNC_FD;
	void *custom;
	uint32_t id;
	int ok;

	ATLS_BEGIN_CRYPTO(ASYNC_WAIT_CTX_clear_fd, ctx, key);
	if (atls_recording())
		REAL(ASYNC_WAIT_CTX_get_fd)(ctx, key, &fd, &custom);
	ok = REAL(ASYNC_WAIT_CTX_clear_fd)(ctx, key);
	if (ok && fd != OSSL_BAD_ASYNC_FD) {
		id = atls_waitctx_id(ctx);
		ATLS_EMIT(wait_fd_clear, .wctx = id, .fd = fd);
		atls_waitctx_drop_fd(id, fd);
	}
	return ok;
}

/*
 * A first call without room for the fds only asks how many there are: no news, if there are some.
 */
EXPORT int ASYNC_WAIT_CTX_get_all_fds(ASYNC_WAIT_CTX *ctx, OSSL_ASYNC_FD *fd, size_t *numfds)
{
	int ok;

	ATLS_BEGIN_CRYPTO(ASYNC_WAIT_CTX_get_all_fds, ctx, fd, numfds);
	ok = REAL(ASYNC_WAIT_CTX_get_all_fds)(ctx, fd, numfds);
	if (ok && atls_recording() && (fd || !*numfds))
		ATLS_EMIT(fds_asked, .wctx = atls_waitctx_id(ctx), .fds = ATLS_FDS_ALL,
			  .added = *numfds);
	return ok;
}

static void note_changed(uint32_t wctx, const OSSL_ASYNC_FD *fds, size_t n, uint8_t added)
{
	for (size_t i = 0; fds && i < n; i++)
		ATLS_EMIT(fd_changed, .wctx = wctx, .fd = fds[i], .added = added);
}

EXPORT int ASYNC_WAIT_CTX_get_changed_fds(ASYNC_WAIT_CTX *ctx, OSSL_ASYNC_FD *addfd,
					  size_t *numaddfds, OSSL_ASYNC_FD *delfd,
					  size_t *numdelfds)
{
	uint32_t id;
	int ok;

	ATLS_BEGIN_CRYPTO(ASYNC_WAIT_CTX_get_changed_fds, ctx, addfd, numaddfds, delfd, numdelfds);
	ok = REAL(ASYNC_WAIT_CTX_get_changed_fds)(ctx, addfd, numaddfds, delfd, numdelfds);
	if (ok && atls_recording() && (addfd || delfd || !(*numaddfds + *numdelfds))) {
		id = atls_waitctx_id(ctx);
		ATLS_EMIT(fds_asked, .wctx = id, .fds = ATLS_FDS_CHANGED, .added = *numaddfds,
			  .deleted = *numdelfds);
		note_changed(id, addfd, *numaddfds, 1);
		note_changed(id, delfd, *numdelfds, 0);
	}
	return ok;
}

EXPORT int ASYNC_WAIT_CTX_set_status(ASYNC_WAIT_CTX *ctx, int status)
{
	ATLS_BEGIN_CRYPTO(ASYNC_WAIT_CTX_set_status, ctx, status);
	if (!REAL(ASYNC_WAIT_CTX_set_status))
		return 0;
	ATLS_EMIT(wait_status, .wctx = atls_waitctx_id(ctx), .status = status);
	return REAL(ASYNC_WAIT_CTX_set_status)(ctx, status);
}

/* Programs poll it: an answer is news only if it is another than before. */
EXPORT int ASYNC_WAIT_CTX_get_status(ASYNC_WAIT_CTX *ctx)
{
	uint32_t id;
	int status;

	ATLS_BEGIN_CRYPTO(ASYNC_WAIT_CTX_get_status, ctx);
	if (!REAL(ASYNC_WAIT_CTX_get_status))
		return ASYNC_STATUS_UNSUPPORTED;
	status = REAL(ASYNC_WAIT_CTX_get_status)(ctx);
	if (atls_recording()) {
		id = atls_waitctx_id(ctx);
		if (id != atls_self.status_of || status != atls_self.status)
			ATLS_EMIT(wait_status_asked, .wctx = id, .status = status);
		atls_self.status_of = id;
		atls_self.status = status;
	}
	return status;
}

EXPORT int ASYNC_WAIT_CTX_set_callback(ASYNC_WAIT_CTX *ctx, ASYNC_callback_fn callback,
				       void *callback_arg)
{
	ATLS_BEGIN_CRYPTO(ASYNC_WAIT_CTX_set_callback, ctx, callback, callback_arg);
	if (!REAL(ASYNC_WAIT_CTX_set_callback))
		return 0;
	atls_callback_unwrap(&callback, &callback_arg); /* passed on from another wait context */
	ATLS_EMIT(wait_callback, .wctx = atls_waitctx_id(ctx), .set = callback != NULL);
	return REAL(ASYNC_WAIT_CTX_set_callback)(ctx, callback, callback_arg);
}

/*
 * In a job, whoever asks is at an engine's work and means to call it, were it the program itself.
 * Outside of jobs, a program that asks for its own callback gets that.
 */
static bool means_to_call(const void *caller, ASYNC_callback_fn callback)
{
	return REAL(ASYNC_get_current_job)() ||
	       atls_object_of(caller) != atls_object_of((const void *)(uintptr_t)callback);
}

EXPORT int ASYNC_WAIT_CTX_get_callback(ASYNC_WAIT_CTX *ctx, ASYNC_callback_fn *callback,
				       void **callback_arg)
{
	int ok;

	ATLS_BEGIN_CRYPTO(ASYNC_WAIT_CTX_get_callback, ctx, callback, callback_arg);
	if (!REAL(ASYNC_WAIT_CTX_get_callback))
		return 0;
	ok = REAL(ASYNC_WAIT_CTX_get_callback)(ctx, callback, callback_arg);
	if (ok && *callback && atls_recorded(ATLS_EV_callback_fire) &&
	    means_to_call(ATLS_CALLER(), *callback))
		atls_callback_wrap(callback, callback_arg, atls_waitctx_id(ctx));
	return ok;
}
