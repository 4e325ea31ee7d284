/* SPDX-License-Identifier: Apache-2.0 */
/* The bridge: which connections it takes on. */
#pragma once

#include <openssl/ssl.h>

struct atls_conn;

/* At the connection's first handshake call: sets conn->bridging, and SSL_MODE_ASYNC where that is ON. */
void atls_bridge_choose(SSL *ssl, struct atls_conn *conn);
