/* SPDX-License-Identifier: Apache-2.0 */
/* Attaches connections to SSL objects, as ex_data, so that they live exactly as long. */
#pragma once

#include <openssl/ssl.h>

struct atls_conn;

/* The connection of ssl, attached on first sight; NULL only when out of memory. */
struct atls_conn *atls_conn_of(SSL *ssl);
/* The connection of ssl if it has one. */
struct atls_conn *atls_conn_find(const SSL *ssl);
