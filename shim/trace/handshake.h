/* SPDX-License-Identifier: Apache-2.0 */
/* What was agreed on in a handshake. */
#pragma once

#include <openssl/ssl.h>

struct atls_conn;

/* Emit the facts of the connection's handshake when it is complete, once for each. */
void atls_handshake_note(SSL *ssl, struct atls_conn *conn);
