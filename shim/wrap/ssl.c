/* SPDX-License-Identifier: Apache-2.0 */
/* Wrappers of the SSL_* calls: connections and their operations. */
#include <limits.h>
#include <openssl/ssl.h>

#include "base/conn.h"
#include "base/fdtable.h"
#include "base/query.h"
#include "base/thread.h"
#include "bridge/bridge.h"
#include "bridge/finish.h"
#include "shim.h"
#include "trace/handshake.h"
#include "trace/peer.h"
#include "wrap/attach.h"
#include "wrap/call.h"

/* Find its socket, so that what an event loop does with that can be traced. */
static void find_socket(SSL *ssl, struct atls_conn *conn)
{
	struct atls_fd *entry;

	conn->trace.socket_sought = true;
	atls_query_begin(); /* it may have no BIO yet */
	conn->trace.socket = REAL(SSL_get_rfd)(ssl);
	atls_query_end();
	entry = conn->trace.socket >= 0 ? atls_fd_get(conn->trace.socket) : NULL;
	if (!entry)
		return;
	atomic_store(&entry->trace.former_wctx, 0);
	atomic_store(&entry->trace.conn, conn->id);
}

static bool repeats(const struct atls_call *c)
{
	return c->op == c->conn->trace.waiting_op && c->buf == c->conn->trace.waiting_buf &&
	       c->len == c->conn->trace.waiting_len;
}

static void note_begin(const struct atls_call *c)
{
	struct atls_conn *conn = c->conn;
	struct atls_fd *entry;

	if (!conn->trace.socket_sought)
		find_socket(c->ssl, conn);
	if (atls_recorded(ATLS_EV_peer) && !conn->trace.peer_noted)
		atls_peer_note(conn);
	entry = conn->trace.socket >= 0 ? atls_fd_find(conn->trace.socket) : NULL;
	if (entry && atomic_load(&entry->trace.conn) == conn->id)
		atomic_store(&entry->trace.churn, 0);
	if (conn->trace.waiting && !repeats(c))
		ATLS_EMIT(resume_differs, .conn = conn->id, .was = conn->trace.waiting_op,
			  .now = c->op, .buffer = c->buf != conn->trace.waiting_buf,
			  .length = c->len != conn->trace.waiting_len);
	ATLS_EMIT(ssl_begin, .conn = conn->id, .op = c->op);
}

/* Data of a connection whose handshake the bridge has behind it, with nobody recording. */
static bool is_past_handshake(const struct atls_call *c)
{
	return atls_bridge_is_over(c->conn) && c->conn->engine.key_op_done &&
	       c->op != ATLS_OP_HANDSHAKE && !atls_recording();
}

bool atls_call_enter(struct atls_call *c)
{
	struct atls_frame *frame = &atls_self.frame;

	if (frame->depth && atls_conn_find(c->ssl) != frame->conn)
		frame->guests += c->guest = true;
	if (!atls_active() || frame->depth || !(c->conn = atls_conn_of(c->ssl)))
		return false;
	if (is_past_handshake(c))
		return false;
	atls_self.uses_tls = true;
	c->conn->bridge.answered = false;
	frame->depth = 1;
	frame->conn = c->conn;
	frame->conn_id = c->conn->id;
	frame->op = c->op;
	frame->work = c->conn->trace.handshake_noted || REAL(SSL_is_init_finished)(c->ssl)
			      ? c->op
			      : ATLS_OP_HANDSHAKE;
	frame->no_job_reported = false;
	if (atls_recording())
		note_begin(c);
	return true;
}

long atls_call_pass(const struct atls_call *c, long ret)
{
	if (c->guest)
		atls_self.frame.guests--;
	return ret;
}

/* What SSL_want answers after an error, where that is certain. */
static int want_after(int error)
{
	switch (error) {
	case SSL_ERROR_WANT_READ:
		return SSL_READING;
	case SSL_ERROR_WANT_WRITE:
		return SSL_WRITING;
	case SSL_ERROR_WANT_ASYNC:
		return SSL_ASYNC_PAUSED;
	case SSL_ERROR_WANT_ASYNC_JOB:
		return SSL_ASYNC_NO_JOBS;
	default:
		return ATLS_ANSWER_UNKNOWN;
	}
}

static void note_end(const struct atls_call *c, int ret)
{
	struct atls_conn *conn = c->conn;
	bool answered = atls_bridge_answered(conn); /* its own thread may be at it meanwhile */
	int error = ret > 0    ? SSL_ERROR_NONE
		    : answered ? SSL_ERROR_WANT_ASYNC
			       : REAL(SSL_get_error)(c->ssl, ret);

	if (!answered)
		atls_handshake_note(c->ssl, conn);
	conn->trace.answers[ATLS_QUERY_ERROR] = error;
	conn->trace.answers[ATLS_QUERY_WANT] = want_after(error);
	conn->trace.answers[ATLS_QUERY_WAITING] = error == SSL_ERROR_WANT_ASYNC;
	conn->trace.waiting =
		error == SSL_ERROR_WANT_ASYNC && !answered && conn->bridge.state != ATLS_BRIDGE_ON;
	if (conn->trace.waiting) {
		conn->trace.waiting_op = c->op;
		conn->trace.waiting_buf = c->buf;
		conn->trace.waiting_len = c->len;
	}
	ATLS_EMIT(ssl_end, .conn = conn->id, .op = c->op, .ret = ret, .error = error);
}

int atls_call_leave(const struct atls_call *c, int ret)
{
	if (atls_recording())
		note_end(c, ret);
	atls_self.frame =
		(struct atls_frame){ .job = atls_self.frame.job, .stack = atls_self.frame.stack };
	return ret;
}

/* Every use of a libssl begins with one of these two. */
EXPORT SSL_CTX *SSL_CTX_new(const SSL_METHOD *method)
{
	atls_caller_renew(ATLS_CALLER(), ATLS_REAL_SSL_CTX_new);
	ATLS_BEGIN_SSL(SSL_CTX_new, method);
	return REAL(SSL_CTX_new)(method);
}

EXPORT SSL_CTX *SSL_CTX_new_ex(OSSL_LIB_CTX *libctx, const char *propq, const SSL_METHOD *method)
{
	atls_caller_renew(ATLS_CALLER(), ATLS_REAL_SSL_CTX_new_ex);
	ATLS_BEGIN_SSL(SSL_CTX_new_ex, libctx, propq, method);
	return REAL(SSL_CTX_new_ex)(libctx, propq, method);
}

EXPORT SSL *SSL_new(SSL_CTX *ctx)
{
	SSL *ssl;

	ATLS_BEGIN_SSL(SSL_new, ctx);
	ssl = REAL(SSL_new)(ctx);
	if (ssl && atls_active())
		atls_conn_of(ssl);
	return ssl;
}

EXPORT int SSL_up_ref(SSL *ssl)
{
	struct atls_conn *conn;
	int ok;

	ATLS_BEGIN_SSL(SSL_up_ref, ssl);
	ok = REAL(SSL_up_ref)(ssl);
	if (ok && atls_active() && (conn = atls_conn_of(ssl)))
		atomic_fetch_add(&conn->extra_refs, 1);
	return ok;
}

/* One whose handshake has begun is not copied: it has another owner then. */
EXPORT SSL *SSL_dup(SSL *ssl)
{
	struct atls_conn *conn;
	SSL *copy;

	ATLS_BEGIN_SSL(SSL_dup, ssl);
	copy = REAL(SSL_dup)(ssl);
	if (copy && atls_active() && (conn = atls_conn_of(copy)) && copy == ssl)
		atomic_fetch_add(&conn->extra_refs, 1);
	return copy;
}

EXPORT SSL *SSL_accept_connection(SSL *listener, uint64_t flags)
{
	SSL *ssl;

	ATLS_BEGIN_SSL(SSL_accept_connection, listener, flags);
	ssl = REAL(SSL_accept_connection)(listener, flags);
	if (ssl && atls_active())
		atls_conn_of(ssl);
	return ssl;
}

EXPORT void SSL_free(SSL *ssl)
{
	struct atls_conn *conn;

	ATLS_BEGIN_SSL(SSL_free, ssl);
	conn = atls_active() ? atls_conn_find(ssl) : NULL;
	if (conn && atomic_load(&conn->extra_refs) > 0)
		atomic_fetch_sub(&conn->extra_refs, 1);
	else if (conn && !atls_bridge_may_free(ssl, conn))
		return;
	REAL(SSL_free)(ssl);
}

EXPORT int SSL_do_handshake(SSL *ssl)
{
	struct atls_call call = { ssl, ATLS_OP_HANDSHAKE };
	int ret = -1;

	ATLS_BEGIN_SSL(SSL_do_handshake, ssl);
	if (!atls_call_enter(&call))
		return atls_call_pass(&call, REAL(SSL_do_handshake)(ssl));
	if (atls_bridge_may_call(ssl, call.conn))
		do
			ret = REAL(SSL_do_handshake)(ssl);
		while (atls_bridge_again(ssl, call.conn, ret));
	return atls_call_leave(&call, ret);
}

EXPORT int SSL_accept(SSL *ssl)
{
	struct atls_call call = { ssl, ATLS_OP_HANDSHAKE };
	int ret = -1;

	ATLS_BEGIN_SSL(SSL_accept, ssl);
	if (!atls_call_enter(&call))
		return atls_call_pass(&call, REAL(SSL_accept)(ssl));
	if (atls_bridge_may_call(ssl, call.conn))
		do
			ret = REAL(SSL_accept)(ssl);
		while (atls_bridge_again(ssl, call.conn, ret));
	return atls_call_leave(&call, ret);
}

EXPORT int SSL_connect(SSL *ssl)
{
	struct atls_call call = { ssl, ATLS_OP_HANDSHAKE };
	int ret = -1;

	ATLS_BEGIN_SSL(SSL_connect, ssl);
	if (!atls_call_enter(&call))
		return atls_call_pass(&call, REAL(SSL_connect)(ssl));
	if (atls_bridge_may_call(ssl, call.conn))
		do
			ret = REAL(SSL_connect)(ssl);
		while (atls_bridge_again(ssl, call.conn, ret));
	return atls_call_leave(&call, ret);
}

/*
 * The beginning of a handshake, which may end in nothing being kept of it. Not bridged: the program
 * takes whatever is no success for a client to forget.
 */
EXPORT int SSL_stateless(SSL *ssl)
{
	struct atls_call call = { ssl, ATLS_OP_HANDSHAKE };

	ATLS_BEGIN_SSL(SSL_stateless, ssl);
	if (!atls_call_enter(&call))
		return atls_call_pass(&call, REAL(SSL_stateless)(ssl));
	return atls_call_leave(&call, REAL(SSL_stateless)(ssl));
}

EXPORT int DTLSv1_listen(SSL *ssl, BIO_ADDR *client)
{
	struct atls_call call = { ssl, ATLS_OP_HANDSHAKE };

	ATLS_BEGIN_SSL(DTLSv1_listen, ssl, client);
	if (!atls_call_enter(&call))
		return atls_call_pass(&call, REAL(DTLSv1_listen)(ssl, client));
	return atls_call_leave(&call, REAL(DTLSv1_listen)(ssl, client));
}

/* Of QUIC and DTLS: handshakes go on in here, too. Listeners are no connections. */
EXPORT int SSL_handle_events(SSL *ssl)
{
	struct atls_call call = { ssl, ATLS_OP_HANDSHAKE };

	ATLS_BEGIN_SSL(SSL_handle_events, ssl);
	if (!atls_active() || !atls_conn_find(ssl) || REAL(SSL_is_init_finished)(ssl) ||
	    !atls_call_enter(&call))
		return atls_call_pass(&call, REAL(SSL_handle_events)(ssl));
	return atls_call_leave(&call, REAL(SSL_handle_events)(ssl));
}

EXPORT int SSL_read(SSL *ssl, void *buf, int num)
{
	struct atls_call call = { ssl, ATLS_OP_READ, buf, num };
	int ret;

	ATLS_BEGIN_SSL(SSL_read, ssl, buf, num);
	if (!atls_call_enter(&call))
		return atls_call_pass(&call, REAL(SSL_read)(ssl, buf, num));
	ret = atls_bridge_finish_handshake(ssl, call.conn);
	return atls_call_leave(&call, ret > 0 ? REAL(SSL_read)(ssl, buf, num) : ret);
}

EXPORT int SSL_read_ex(SSL *ssl, void *buf, size_t num, size_t *readbytes)
{
	struct atls_call call = { ssl, ATLS_OP_READ, buf, num };

	ATLS_BEGIN_SSL(SSL_read_ex, ssl, buf, num, readbytes);
	if (!atls_call_enter(&call))
		return atls_call_pass(&call, REAL(SSL_read_ex)(ssl, buf, num, readbytes));
	return atls_call_leave(&call, atls_bridge_finish_handshake(ssl, call.conn) > 0
					      ? REAL(SSL_read_ex)(ssl, buf, num, readbytes)
					      : 0);
}

EXPORT int SSL_peek(SSL *ssl, void *buf, int num)
{
	struct atls_call call = { ssl, ATLS_OP_READ, buf, num };
	int ret;

	ATLS_BEGIN_SSL(SSL_peek, ssl, buf, num);
	if (!atls_call_enter(&call))
		return atls_call_pass(&call, REAL(SSL_peek)(ssl, buf, num));
	ret = atls_bridge_finish_handshake(ssl, call.conn);
	return atls_call_leave(&call, ret > 0 ? REAL(SSL_peek)(ssl, buf, num) : ret);
}

EXPORT int SSL_peek_ex(SSL *ssl, void *buf, size_t num, size_t *readbytes)
{
	struct atls_call call = { ssl, ATLS_OP_READ, buf, num };

	ATLS_BEGIN_SSL(SSL_peek_ex, ssl, buf, num, readbytes);
	if (!atls_call_enter(&call))
		return atls_call_pass(&call, REAL(SSL_peek_ex)(ssl, buf, num, readbytes));
	return atls_call_leave(&call, atls_bridge_finish_handshake(ssl, call.conn) > 0
					      ? REAL(SSL_peek_ex)(ssl, buf, num, readbytes)
					      : 0);
}

EXPORT int SSL_write(SSL *ssl, const void *buf, int num)
{
	struct atls_call call = { ssl, ATLS_OP_WRITE, buf, num };
	int ret;

	ATLS_BEGIN_SSL(SSL_write, ssl, buf, num);
	if (!atls_call_enter(&call))
		return atls_call_pass(&call, REAL(SSL_write)(ssl, buf, num));
	ret = atls_bridge_finish_handshake(ssl, call.conn);
	return atls_call_leave(&call, ret > 0 ? REAL(SSL_write)(ssl, buf, num) : ret);
}

EXPORT int SSL_write_ex(SSL *ssl, const void *buf, size_t num, size_t *written)
{
	struct atls_call call = { ssl, ATLS_OP_WRITE, buf, num };

	ATLS_BEGIN_SSL(SSL_write_ex, ssl, buf, num, written);
	if (!atls_call_enter(&call))
		return atls_call_pass(&call, REAL(SSL_write_ex)(ssl, buf, num, written));
	return atls_call_leave(&call, atls_bridge_finish_handshake(ssl, call.conn) > 0
					      ? REAL(SSL_write_ex)(ssl, buf, num, written)
					      : 0);
}

EXPORT int SSL_write_ex2(SSL *ssl, const void *buf, size_t num, uint64_t flags, size_t *written)
{
	struct atls_call call = { ssl, ATLS_OP_WRITE, buf, num };

	ATLS_BEGIN_SSL(SSL_write_ex2, ssl, buf, num, flags, written);
	if (!atls_call_enter(&call))
		return atls_call_pass(&call, REAL(SSL_write_ex2)(ssl, buf, num, flags, written));
	return atls_call_leave(&call, atls_bridge_finish_handshake(ssl, call.conn) > 0
					      ? REAL(SSL_write_ex2)(ssl, buf, num, flags, written)
					      : 0);
}

/* Only after a handshake: without it, and so in one that is paused, it fails. */
EXPORT ossl_ssize_t SSL_sendfile(SSL *ssl, int fd, off_t offset, size_t size, int flags)
{
	struct atls_call call = { ssl, ATLS_OP_WRITE };
	ossl_ssize_t ret;

	ATLS_BEGIN_SSL(SSL_sendfile, ssl, fd, offset, size, flags);
	if (!atls_call_enter(&call))
		return atls_call_pass(&call, REAL(SSL_sendfile)(ssl, fd, offset, size, flags));
	ret = REAL(SSL_sendfile)(ssl, fd, offset, size, flags);
	atls_call_leave(&call, ret > INT_MAX ? INT_MAX : (int)ret);
	return ret;
}

EXPORT int SSL_shutdown(SSL *ssl)
{
	struct atls_call call = { ssl, ATLS_OP_SHUTDOWN };

	ATLS_BEGIN_SSL(SSL_shutdown, ssl);
	if (!atls_call_enter(&call))
		return atls_call_pass(&call, REAL(SSL_shutdown)(ssl));
	return atls_call_leave(&call, REAL(SSL_shutdown)(ssl));
}

EXPORT int SSL_read_early_data(SSL *ssl, void *buf, size_t num, size_t *readbytes)
{
	struct atls_call call = { ssl, ATLS_OP_READ, buf, num };
	int ret = SSL_READ_EARLY_DATA_ERROR;

	ATLS_BEGIN_SSL(SSL_read_early_data, ssl, buf, num, readbytes);
	if (!atls_call_enter(&call))
		return atls_call_pass(&call, REAL(SSL_read_early_data)(ssl, buf, num, readbytes));
	if (atls_bridge_may_call(ssl, call.conn))
		do
			ret = REAL(SSL_read_early_data)(ssl, buf, num, readbytes);
		while (atls_bridge_again(ssl, call.conn, ret));
	return atls_call_leave(&call, ret);
}

EXPORT int SSL_write_early_data(SSL *ssl, const void *buf, size_t num, size_t *written)
{
	struct atls_call call = { ssl, ATLS_OP_WRITE, buf, num };

	ATLS_BEGIN_SSL(SSL_write_early_data, ssl, buf, num, written);
	if (!atls_call_enter(&call))
		return atls_call_pass(&call, REAL(SSL_write_early_data)(ssl, buf, num, written));
	return atls_call_leave(&call, REAL(SSL_write_early_data)(ssl, buf, num, written));
}
