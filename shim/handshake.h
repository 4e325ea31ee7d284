/* SPDX-License-Identifier: Apache-2.0 */
/* What was agreed on in a handshake. */
#pragma once

#include <openssl/ssl.h>

struct atls_conn;

/* Emit the facts of ssl's handshake when it is complete: once for each. Called after each SSL call. */
void atls_handshake_note(SSL *ssl, struct atls_conn *conn);
