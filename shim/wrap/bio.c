/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libssl's own BIO: who reads and writes by that, as OpenVPN does, runs handshakes within libssl,
 * where no call of SSL_* could be seen. The program gets a method of ours that tells of each call.
 */
#include <openssl/bio.h>
#include <stdatomic.h>

#include "base/conn.h"
#include "bridge/bridge.h"
#include "shim.h"
#include "wrap/attach.h"
#include "wrap/call.h"

/* libssl's method, and a copy that comes by here. Never freed: the first is not, either. */
static const BIO_METHOD *_Atomic plain;
static _Atomic(BIO_METHOD *) traced;

static SSL *ssl_of(BIO *bio)
{
	SSL *ssl = NULL;

	REAL(BIO_ctrl)(bio, BIO_C_GET_SSL, 0, &ssl);
	return ssl;
}

/* A job that the bridge has begun by BIO_do_handshake is not to be resumed before its time. */
static bool must_wait(BIO *bio, const struct atls_call *call)
{
	if (!atls_bridge_hides(call->conn) ||
	    atls_bridge_finish_handshake(call->ssl, call->conn) > 0 ||
	    !atls_bridge_hides(call->conn))
		return false;
	REAL(BIO_clear_flags)(bio, BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY);
	REAL(BIO_set_flags)(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY);
	return true;
}

static int read_traced(BIO *bio, char *buf, size_t size, size_t *done)
{
	int (*read)(BIO *, char *, size_t, size_t *) = REAL(BIO_meth_get_read_ex)(plain);
	struct atls_call call = { ssl_of(bio), ATLS_OP_READ, buf, size };

	if (!call.ssl || !atls_call_enter(&call))
		return atls_call_pass(&call, read(bio, buf, size, done));
	return atls_call_leave(&call, must_wait(bio, &call) ? -1 : read(bio, buf, size, done));
}

static int write_traced(BIO *bio, const char *buf, size_t size, size_t *done)
{
	int (*write)(BIO *, const char *, size_t, size_t *) = REAL(BIO_meth_get_write_ex)(plain);
	struct atls_call call = { ssl_of(bio), ATLS_OP_WRITE, buf, size };

	if (!call.ssl || !atls_call_enter(&call))
		return atls_call_pass(&call, write(bio, buf, size, done));
	return atls_call_leave(&call, must_wait(bio, &call) ? -1 : write(bio, buf, size, done));
}

static BIO_METHOD *copy_of(const BIO_METHOD *method)
{
	BIO_METHOD *copy = REAL(BIO_meth_new)(BIO_TYPE_SSL, "ssl");

	if (!copy)
		return NULL;
#define COPY(what) REAL(BIO_meth_set_##what)(copy, REAL(BIO_meth_get_##what)(method))
	COPY(puts);
	COPY(gets);
	COPY(ctrl);
	COPY(create);
	COPY(destroy);
	COPY(callback_ctrl);
#undef COPY
	REAL(BIO_meth_set_read_ex)(copy, read_traced);
	REAL(BIO_meth_set_write_ex)(copy, write_traced);
	return copy;
}

/* All come and go together. */
static bool can_copy(void)
{
	return REAL(BIO_meth_new) && REAL(BIO_meth_get_read_ex) && REAL(BIO_meth_set_callback_ctrl);
}

EXPORT const BIO_METHOD *BIO_f_ssl(void)
{
	BIO_METHOD *none = NULL, *copy;

	ATLS_BEGIN_SSL(BIO_f_ssl);
	plain = REAL(BIO_f_ssl)();
	if (atomic_load(&traced) || !can_copy() || !(copy = copy_of(plain)))
		return traced ? traced : plain;
	if (!atomic_compare_exchange_strong(&traced, &none, copy))
		REAL(BIO_meth_free)(copy);
	return traced;
}
