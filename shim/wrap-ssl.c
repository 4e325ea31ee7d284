/* SPDX-License-Identifier: Apache-2.0 */
/* Wrappers of the SSL_* calls: connections and their operations. */
#include <openssl/ssl.h>

#include "bridge/bridge.h"
#include "conn.h"
#include "shim.h"
#include "thread.h"

/*
 * Enter an SSL call. False if it is to go straight to the real function: nothing to do, or a call
 * inside another (SSL_accept calls SSL_do_handshake), of which only the outermost counts.
 */
static bool enter(SSL *ssl, enum atls_op op)
{
	struct atls_frame *frame = &atls_self.frame;
	struct atls_conn *conn;

	if (!atls_active() || frame->depth || !(conn = atls_conn_of(ssl)))
		return false;
	atls_self.tls = true;
	frame->depth = 1;
	frame->conn = conn;
	frame->conn_id = conn->id;
	frame->op = op;
	frame->work = conn->handshake_noted || REAL(SSL_is_init_finished)(ssl) ? op : ATLS_OP_HANDSHAKE;
	ATLS_EMIT(ssl_begin, .conn = conn->id, .op = op);
	return true;
}

static int leave(SSL *ssl, int ret)
{
	struct atls_frame *frame = &atls_self.frame;
	struct atls_conn *conn = frame->conn;

	if (atls_recording()) {
		atls_conn_note_handshake(ssl, conn);
		ATLS_EMIT(ssl_end, .conn = conn->id, .op = frame->op, .ret = ret,
			  .error = ret > 0 ? 0 : REAL(SSL_get_error)(ssl, ret));
	}
	*frame = (struct atls_frame){ .job = frame->job };
	return ret;
}

EXPORT SSL_CTX *SSL_CTX_new(const SSL_METHOD *method)
{
	return atls_ready_ssl() ? REAL(SSL_CTX_new)(method) : NULL;
}

EXPORT SSL *SSL_new(SSL_CTX *ctx)
{
	SSL *ssl;

	if (!atls_ready_ssl())
		return NULL;
	ssl = REAL(SSL_new)(ctx);
	if (ssl && atls_active())
		atls_conn_of(ssl);
	return ssl;
}

EXPORT int SSL_up_ref(SSL *ssl)
{
	struct atls_conn *conn;
	int ok;

	if (!atls_ready_ssl())
		return 0;
	ok = REAL(SSL_up_ref)(ssl);
	if (ok && atls_active() && (conn = atls_conn_of(ssl)))
		atomic_fetch_add(&conn->extra_refs, 1);
	return ok;
}

EXPORT void SSL_free(SSL *ssl)
{
	struct atls_conn *conn;

	if (!atls_ready_ssl())
		return;
	conn = atls_active() ? atls_conn_find(ssl) : NULL;
	if (conn && atomic_load(&conn->extra_refs) > 0)
		atomic_fetch_sub(&conn->extra_refs, 1);
	else if (conn)
		atls_bridge_drain(ssl, conn);
	REAL(SSL_free)(ssl);
}

EXPORT int SSL_clear(SSL *ssl)
{
	struct atls_conn *conn;
	int ok;

	if (!atls_ready_ssl())
		return 0;
	conn = atls_active() ? atls_conn_find(ssl) : NULL;
	if (conn)
		atls_bridge_drain(ssl, conn);
	ok = REAL(SSL_clear)(ssl);
	if (conn)
		atls_bridge_cleared(conn);
	return ok;
}

EXPORT int SSL_do_handshake(SSL *ssl)
{
	int ret = -1;

	if (!atls_ready_ssl())
		return -1;
	if (!enter(ssl, ATLS_OP_HANDSHAKE))
		return REAL(SSL_do_handshake)(ssl);
	if (atls_bridge_may_call(ssl))
		do
			ret = REAL(SSL_do_handshake)(ssl);
		while (atls_bridge_again(ssl, ret));
	return leave(ssl, ret);
}

EXPORT int SSL_accept(SSL *ssl)
{
	int ret = -1;

	if (!atls_ready_ssl())
		return -1;
	if (!enter(ssl, ATLS_OP_HANDSHAKE))
		return REAL(SSL_accept)(ssl);
	if (atls_bridge_may_call(ssl))
		do
			ret = REAL(SSL_accept)(ssl);
		while (atls_bridge_again(ssl, ret));
	return leave(ssl, ret);
}

EXPORT int SSL_connect(SSL *ssl)
{
	int ret = -1;

	if (!atls_ready_ssl())
		return -1;
	if (!enter(ssl, ATLS_OP_HANDSHAKE))
		return REAL(SSL_connect)(ssl);
	if (atls_bridge_may_call(ssl))
		do
			ret = REAL(SSL_connect)(ssl);
		while (atls_bridge_again(ssl, ret));
	return leave(ssl, ret);
}

EXPORT int SSL_read(SSL *ssl, void *buf, int num)
{
	int ret;

	if (!atls_ready_ssl())
		return -1;
	if (!enter(ssl, ATLS_OP_READ))
		return REAL(SSL_read)(ssl, buf, num);
	ret = atls_bridge_finish_handshake(ssl);
	return leave(ssl, ret > 0 ? REAL(SSL_read)(ssl, buf, num) : ret);
}

EXPORT int SSL_read_ex(SSL *ssl, void *buf, size_t num, size_t *readbytes)
{
	if (!atls_ready_ssl())
		return 0;
	if (!enter(ssl, ATLS_OP_READ))
		return REAL(SSL_read_ex)(ssl, buf, num, readbytes);
	return leave(ssl, atls_bridge_finish_handshake(ssl) > 0 ? REAL(SSL_read_ex)(ssl, buf, num, readbytes) : 0);
}

EXPORT int SSL_read_early_data(SSL *ssl, void *buf, size_t num, size_t *readbytes)
{
	int ret = SSL_READ_EARLY_DATA_ERROR;

	if (!atls_ready_ssl())
		return SSL_READ_EARLY_DATA_ERROR;
	if (!enter(ssl, ATLS_OP_READ))
		return REAL(SSL_read_early_data)(ssl, buf, num, readbytes);
	if (atls_bridge_may_call(ssl))
		do
			ret = REAL(SSL_read_early_data)(ssl, buf, num, readbytes);
		while (atls_bridge_again(ssl, ret));
	return leave(ssl, ret);
}

EXPORT int SSL_peek(SSL *ssl, void *buf, int num)
{
	int ret;

	if (!atls_ready_ssl())
		return -1;
	if (!enter(ssl, ATLS_OP_READ))
		return REAL(SSL_peek)(ssl, buf, num);
	ret = atls_bridge_finish_handshake(ssl);
	return leave(ssl, ret > 0 ? REAL(SSL_peek)(ssl, buf, num) : ret);
}

EXPORT int SSL_peek_ex(SSL *ssl, void *buf, size_t num, size_t *readbytes)
{
	if (!atls_ready_ssl())
		return 0;
	if (!enter(ssl, ATLS_OP_READ))
		return REAL(SSL_peek_ex)(ssl, buf, num, readbytes);
	return leave(ssl, atls_bridge_finish_handshake(ssl) > 0 ? REAL(SSL_peek_ex)(ssl, buf, num, readbytes) : 0);
}

EXPORT int SSL_write(SSL *ssl, const void *buf, int num)
{
	int ret;

	if (!atls_ready_ssl())
		return -1;
	if (!enter(ssl, ATLS_OP_WRITE))
		return REAL(SSL_write)(ssl, buf, num);
	ret = atls_bridge_finish_handshake(ssl);
	return leave(ssl, ret > 0 ? REAL(SSL_write)(ssl, buf, num) : ret);
}

EXPORT int SSL_write_ex(SSL *ssl, const void *buf, size_t num, size_t *written)
{
	if (!atls_ready_ssl())
		return 0;
	if (!enter(ssl, ATLS_OP_WRITE))
		return REAL(SSL_write_ex)(ssl, buf, num, written);
	return leave(ssl, atls_bridge_finish_handshake(ssl) > 0 ? REAL(SSL_write_ex)(ssl, buf, num, written) : 0);
}

EXPORT int SSL_shutdown(SSL *ssl)
{
	if (!atls_ready_ssl())
		return -1;
	if (!enter(ssl, ATLS_OP_SHUTDOWN))
		return REAL(SSL_shutdown)(ssl);
	return leave(ssl, REAL(SSL_shutdown)(ssl));
}

EXPORT int SSL_get_error(const SSL *ssl, int ret)
{
	int error;

	if (!atls_ready_ssl())
		return SSL_ERROR_SSL;
	if (atls_config.mode != ATLS_MODE_BRIDGE)
		return REAL(SSL_get_error)(ssl, ret);
	atls_self.frame.depth++; /* it may call SSL_want by way of our wrapper, and needs the truth */
	error = REAL(SSL_get_error)(ssl, ret);
	atls_self.frame.depth--;
	return atls_bridge_error(ssl, error);
}

EXPORT int SSL_want(const SSL *ssl)
{
	int want;

	if (!atls_ready_ssl())
		return SSL_NOTHING;
	want = REAL(SSL_want)(ssl);
	return atls_config.mode == ATLS_MODE_BRIDGE && !atls_self.frame.depth ? atls_bridge_want(ssl, want) : want;
}

/*
 * What a program may ask in between. One whose job the bridge waits for knows nothing of jobs: it has
 * a connection that wants to read, and has nothing to read yet.
 */
EXPORT int SSL_waiting_for_async(SSL *ssl)
{
	if (!atls_ready_ssl())
		return 0;
	return atls_bridge_hides(ssl) ? 0 : REAL(SSL_waiting_for_async)(ssl);
}

EXPORT int SSL_get_all_async_fds(SSL *ssl, OSSL_ASYNC_FD *fds, size_t *numfds)
{
	if (!atls_ready_ssl())
		return 0;
	return atls_bridge_hides(ssl) ? 0 : REAL(SSL_get_all_async_fds)(ssl, fds, numfds);
}

EXPORT int SSL_get_changed_async_fds(SSL *ssl, OSSL_ASYNC_FD *addfd, size_t *numaddfds,
				     OSSL_ASYNC_FD *delfd, size_t *numdelfds)
{
	if (!atls_ready_ssl())
		return 0;
	return atls_bridge_hides(ssl)
		       ? 0
		       : REAL(SSL_get_changed_async_fds)(ssl, addfd, numaddfds, delfd, numdelfds);
}

EXPORT int SSL_pending(const SSL *ssl)
{
	if (!atls_ready_ssl())
		return 0;
	return atls_bridge_hides(ssl) ? 0 : REAL(SSL_pending)(ssl);
}

EXPORT int SSL_has_pending(const SSL *ssl)
{
	if (!atls_ready_ssl())
		return 0;
	return atls_bridge_hides(ssl) ? 0 : REAL(SSL_has_pending)(ssl);
}
