/* SPDX-License-Identifier: Apache-2.0 */
/* Wrappers of the SSL_* calls that set up a connection for async work, or ask about it. */
#include "base/conn.h"
#include "base/status.h"
#include "base/thread.h"
#include "bridge/bridge.h"
#include "bridge/finish.h"
#include "shim.h"
#include "wrap/attach.h"

/* A connection's own question; libssl's, from inside another call, are none of the program's. */
static struct atls_conn *asker(const SSL *ssl)
{
	return atls_recording() && !atls_self.frame.depth ? atls_conn_find(ssl) : NULL;
}

/* The connection, if the bridge may have jobs that the program knows nothing of. */
static const struct atls_conn *bridged(const SSL *ssl)
{
	return atls_config.mode == ATLS_MODE_BRIDGE ? atls_conn_find(ssl) : NULL;
}

/* Not inlined, so that the wrappers need no more registers for it in the other modes. */
__attribute__((noinline)) static bool hides_job(const SSL *ssl)
{
	return atls_bridge_hides(bridged(ssl));
}

/* The last call was answered by the bridge: libssl may be at work on another thread by now. */
__attribute__((noinline)) static bool has_answer(const SSL *ssl)
{
	return atls_bridge_answered(bridged(ssl));
}

/* The answer is known from ssl_end or from the last time, or else news. */
static void note_answer(const SSL *ssl, enum atls_query query, int answer)
{
	struct atls_conn *conn = asker(ssl);

	if (!conn || conn->trace.answers[query] == answer)
		return;
	if (conn->trace.answers[query] != ATLS_ANSWER_UNKNOWN)
		ATLS_EMIT(ssl_query, .conn = conn->id, .query = query, .answer = answer);
	conn->trace.answers[query] = answer;
}

EXPORT int SSL_get_error(const SSL *ssl, int ret)
{
	int error;

	ATLS_BEGIN_SSL(SSL_get_error, ssl, ret);
	if (!atls_active())
		return REAL(SSL_get_error)(ssl, ret);
	if (ret <= 0 && has_answer(ssl)) {
		note_answer(ssl, ATLS_QUERY_ERROR, SSL_ERROR_WANT_ASYNC);
		return SSL_ERROR_WANT_READ;
	}
	/* It may call SSL_want by way of our wrapper, and needs the truth. */
	atls_self.frame.depth++;
	error = REAL(SSL_get_error)(ssl, ret);
	atls_self.frame.depth--;
	note_answer(ssl, ATLS_QUERY_ERROR, error);
	return error == SSL_ERROR_WANT_ASYNC ? atls_bridge_error(bridged(ssl), error) : error;
}

EXPORT int SSL_want(const SSL *ssl)
{
	int want;

	ATLS_BEGIN_SSL(SSL_want, ssl);
	if (!atls_active())
		return REAL(SSL_want)(ssl);
	if (!atls_self.frame.depth && has_answer(ssl)) {
		note_answer(ssl, ATLS_QUERY_WANT, SSL_ASYNC_PAUSED);
		return SSL_READING;
	}
	want = REAL(SSL_want)(ssl);
	if (atls_self.frame.depth)
		return want;
	note_answer(ssl, ATLS_QUERY_WANT, want);
	return want == SSL_ASYNC_PAUSED ? atls_bridge_want(bridged(ssl), want) : want;
}

EXPORT int SSL_waiting_for_async(SSL *ssl)
{
	int waiting;

	ATLS_BEGIN_SSL(SSL_waiting_for_async, ssl);
	if (!atls_active())
		return REAL(SSL_waiting_for_async)(ssl);
	waiting = REAL(SSL_waiting_for_async)(ssl);
	note_answer(ssl, ATLS_QUERY_WAITING, waiting);
	return hides_job(ssl) ? 0 : waiting;
}

/*
 * What a program may ask in between. One whose job the bridge waits for knows nothing of jobs: it
 * has a connection that wants to read, and has nothing to read yet. (The others' questions reach
 * the trace by the ASYNC_WAIT_CTX calls that they make.)
 */
EXPORT int SSL_get_all_async_fds(SSL *ssl, OSSL_ASYNC_FD *fds, size_t *numfds)
{
	ATLS_BEGIN_SSL(SSL_get_all_async_fds, ssl, fds, numfds);
	return hides_job(ssl) ? 0 : REAL(SSL_get_all_async_fds)(ssl, fds, numfds);
}

EXPORT int SSL_get_changed_async_fds(SSL *ssl, OSSL_ASYNC_FD *addfd, size_t *numaddfds,
				     OSSL_ASYNC_FD *delfd, size_t *numdelfds)
{
	ATLS_BEGIN_SSL(SSL_get_changed_async_fds, ssl, addfd, numaddfds, delfd, numdelfds);
	return hides_job(ssl)
		       ? 0
		       : REAL(SSL_get_changed_async_fds)(ssl, addfd, numaddfds, delfd, numdelfds);
}

EXPORT int SSL_pending(const SSL *ssl)
{
	ATLS_BEGIN_SSL(SSL_pending, ssl);
	return hides_job(ssl) ? 0 : REAL(SSL_pending)(ssl);
}

EXPORT int SSL_has_pending(const SSL *ssl)
{
	ATLS_BEGIN_SSL(SSL_has_pending, ssl);
	return hides_job(ssl) ? 0 : REAL(SSL_has_pending)(ssl);
}

static void note_clear(struct atls_conn *conn)
{
	conn->trace.handshake_noted = false;
	conn->trace.waiting = false;
	if (!atls_self.frame.depth)
		ATLS_EMIT(ssl_clear, .conn = conn->id);
}

EXPORT int SSL_clear(SSL *ssl)
{
	struct atls_conn *conn;
	int ok;

	ATLS_BEGIN_SSL(SSL_clear, ssl);
	conn = atls_active() ? atls_conn_find(ssl) : NULL;
	if (conn && !atls_bridge_drain(ssl, conn))
		return 0;
	ok = REAL(SSL_clear)(ssl);
	if (conn && !atls_self.frame.depth) /* libssl clears it, too, as a handshake begins */
		atls_bridge_cleared(conn);
	if (conn && ok)
		note_clear(conn);
	return ok;
}

/* SSL_set_mode and SSL_clear_mode are macros of this; both answer with the mode as it is then. */
static bool sets_async_mode(int cmd, long larg)
{
	if (!(larg & SSL_MODE_ASYNC))
		return false;
	if (cmd == SSL_CTRL_MODE)
		atls_status_raise(&asynctls_shim_status.async_mode);
	return cmd == SSL_CTRL_MODE || cmd == SSL_CTRL_CLEAR_MODE;
}

EXPORT long SSL_ctrl(SSL *ssl, int cmd, long larg, void *parg)
{
	struct atls_conn *conn;
	long before, after;

	ATLS_BEGIN_SSL(SSL_ctrl, ssl, cmd, larg, parg);
	if (!sets_async_mode(cmd, larg) || !atls_recording())
		return REAL(SSL_ctrl)(ssl, cmd, larg, parg);
	conn = atls_conn_of(ssl);
	before = REAL(SSL_ctrl)(ssl, SSL_CTRL_MODE, 0, NULL);
	after = REAL(SSL_ctrl)(ssl, cmd, larg, parg);
	if (conn && (before ^ after) & SSL_MODE_ASYNC)
		ATLS_EMIT(ssl_mode, .conn = conn->id, .async = (after & SSL_MODE_ASYNC) != 0);
	return after;
}

EXPORT long SSL_CTX_ctrl(SSL_CTX *ctx, int cmd, long larg, void *parg)
{
	long before, after;

	ATLS_BEGIN_SSL(SSL_CTX_ctrl, ctx, cmd, larg, parg);
	if (!sets_async_mode(cmd, larg) || !atls_recording())
		return REAL(SSL_CTX_ctrl)(ctx, cmd, larg, parg);
	before = REAL(SSL_CTX_ctrl)(ctx, SSL_CTRL_MODE, 0, NULL);
	after = REAL(SSL_CTX_ctrl)(ctx, cmd, larg, parg);
	if ((before ^ after) & SSL_MODE_ASYNC)
		ATLS_EMIT(ssl_mode, .async = (after & SSL_MODE_ASYNC) != 0);
	return after;
}

/*
 * libssl keeps the program's callback as it is, and has engines call one of its own that calls it:
 * that one is seen when it fires (ASYNC_WAIT_CTX_get_callback).
 */
EXPORT int SSL_set_async_callback(SSL *ssl, SSL_async_callback_fn callback)
{
	struct atls_conn *conn;

	ATLS_BEGIN_SSL(SSL_set_async_callback, ssl, callback);
	if (!REAL(SSL_set_async_callback))
		return 0;
	if (atls_recording() && (conn = atls_conn_of(ssl)))
		ATLS_EMIT(ssl_callback, .conn = conn->id, .set = callback != NULL);
	return REAL(SSL_set_async_callback)(ssl, callback);
}

EXPORT int SSL_CTX_set_async_callback(SSL_CTX *ctx, SSL_async_callback_fn callback)
{
	ATLS_BEGIN_SSL(SSL_CTX_set_async_callback, ctx, callback);
	if (!REAL(SSL_CTX_set_async_callback))
		return 0;
	ATLS_EMIT(ssl_callback, .set = callback != NULL);
	return REAL(SSL_CTX_set_async_callback)(ctx, callback);
}
