/* SPDX-License-Identifier: Apache-2.0 */
/* Wrappers of the SSL_* calls that put a connection on another socket or BIO. */
#include "base/conn.h"
#include "base/fdtable.h"
#include "base/thread.h"
#include "shim.h"
#include "wrap/attach.h"

/*
 * What an event loop does with its socket so far is no longer its affair; its next call looks anew.
 */
static void leave_socket(const SSL *ssl)
{
	struct atls_conn *conn = atls_active() ? atls_conn_find(ssl) : NULL;
	struct atls_fd *entry;

	if (!conn || !conn->trace.socket_sought)
		return;
	entry = conn->trace.socket >= 0 ? atls_fd_find(conn->trace.socket) : NULL;
	if (entry && atomic_load(&entry->trace.conn) == conn->id)
		atomic_store(&entry->trace.conn, 0);
	conn->trace.socket = -1;
	conn->trace.socket_sought = false;
}

EXPORT int SSL_set_fd(SSL *ssl, int fd)
{
	ATLS_BEGIN_SSL(SSL_set_fd, ssl, fd);
	leave_socket(ssl);
	return REAL(SSL_set_fd)(ssl, fd);
}

EXPORT int SSL_set_rfd(SSL *ssl, int fd)
{
	ATLS_BEGIN_SSL(SSL_set_rfd, ssl, fd);
	leave_socket(ssl);
	return REAL(SSL_set_rfd)(ssl, fd);
}

EXPORT int SSL_set_wfd(SSL *ssl, int fd)
{
	ATLS_BEGIN_SSL(SSL_set_wfd, ssl, fd);
	leave_socket(ssl);
	return REAL(SSL_set_wfd)(ssl, fd);
}

EXPORT void SSL_set_bio(SSL *ssl, BIO *rbio, BIO *wbio)
{
	ATLS_BEGIN_SSL(SSL_set_bio, ssl, rbio, wbio);
	leave_socket(ssl);
	REAL(SSL_set_bio)(ssl, rbio, wbio);
}

EXPORT void SSL_set0_rbio(SSL *ssl, BIO *rbio)
{
	ATLS_BEGIN_SSL(SSL_set0_rbio, ssl, rbio);
	leave_socket(ssl);
	REAL(SSL_set0_rbio)(ssl, rbio);
}

EXPORT void SSL_set0_wbio(SSL *ssl, BIO *wbio)
{
	ATLS_BEGIN_SSL(SSL_set0_wbio, ssl, wbio);
	leave_socket(ssl);
	REAL(SSL_set0_wbio)(ssl, wbio);
}
