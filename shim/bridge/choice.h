/* SPDX-License-Identifier: Apache-2.0 */
/* The bridge: which connections it takes on. */
#pragma once

#include <openssl/ssl.h>

struct atls_conn;

/*
 * At the connection's first handshake call: sets conn->bridge.state, and SSL_MODE_ASYNC where that
 * is ON. A connection is left alone when the last few of its SSL_CTX had operations that cost less
 * than the bridge.
 */
void atls_bridge_choose(SSL *ssl, struct atls_conn *conn);

/*
 * After its private-key operation, wherever that was done: count whether it was cheap, for its
 * SSL_CTX.
 */
void atls_bridge_note_cost(struct atls_conn *conn);
