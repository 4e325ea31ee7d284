/* SPDX-License-Identifier: Apache-2.0 */
/* A TLS connection: attached to its SSL object as ex_data, so that it lives exactly as long. */
#include "wrap/attach.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/conn.h"
#include "base/real.h"
#include "bridge/epoll.h"
#include "trace/tracer.h"

/* Atomic, as connections are looked for before any is attached. */
static _Atomic int ex_index = -1;

static void at_ssl_free(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int idx, long argl, void *argp)
{
	struct atls_conn *conn = ptr;

	if (!conn)
		return;
	ATLS_EMIT(ssl_free, .conn = conn->id);
	atls_bridge_unwatch(conn);
	free(conn);
}

/*
 * SSL_dup must not share the connection; the copy may have one already, as libssl makes it by
 * SSL_new. Void pointers, as the type changed after OpenSSL 1.1.1.
 */
static int at_ssl_dup(CRYPTO_EX_DATA *to, const CRYPTO_EX_DATA *from, void **from_d, int idx,
		      long argl, void *argp)
{
	*from_d = REAL(CRYPTO_get_ex_data) ? REAL(CRYPTO_get_ex_data)(to, idx) : NULL;
	return 1;
}

static void register_index(void)
{
	ex_index = REAL(CRYPTO_get_ex_new_index)(CRYPTO_EX_INDEX_SSL, 0, NULL, NULL, at_ssl_dup,
						 at_ssl_free);
}

struct atls_conn *atls_conn_find(const SSL *ssl)
{
	int index = atomic_load_explicit(&ex_index, memory_order_relaxed);

	return index < 0 || !ssl ? NULL : REAL(SSL_get_ex_data)(ssl, index);
}

static struct atls_conn *attach(SSL *ssl)
{
	static _Atomic uint32_t last;
	struct atls_conn *conn = calloc(1, sizeof(*conn));

	if (!conn)
		return NULL;
	conn->id = atomic_fetch_add(&last, 1) + 1;
	conn->trace.socket = -1;
	conn->bridge.read_fd = conn->bridge.socket = conn->bridge.epoll = -1;
	memset(conn->trace.answers, 0xff, sizeof(conn->trace.answers)); /* ATLS_ANSWER_UNKNOWN */
	if (!REAL(SSL_set_ex_data)(ssl, ex_index, conn)) {
		free(conn);
		return NULL;
	}
	ATLS_EMIT(ssl_new, .conn = conn->id, .ptr = (uintptr_t)ssl,
		  .async = (REAL(SSL_ctrl)(ssl, SSL_CTRL_MODE, 0, NULL) & SSL_MODE_ASYNC) != 0);
	return conn;
}

struct atls_conn *atls_conn_of(SSL *ssl)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct atls_conn *conn;

	pthread_once(&once, register_index);
	if (ex_index < 0)
		return NULL;
	conn = atls_conn_find(ssl);
	return conn ? conn : attach(ssl);
}
