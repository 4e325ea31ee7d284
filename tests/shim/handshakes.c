/* SPDX-License-Identifier: Apache-2.0 */
/* A library that makes handshakes with the OpenSSL that it is linked to, for s-two-openssl. */
#include <string.h>

#include "pair.h"

int handshakes(int count);

static int one(void)
{
	struct pair p;
	char said[6] = "";
	int client = 0, server = 0;

	pair_init(&p, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
	while (client != 1 || server != 1) {
		client = SSL_do_handshake(p.client);
		server = SSL_do_handshake(p.server);
		CHECK(server == 1 || SSL_get_error(p.server, server) == SSL_ERROR_WANT_READ);
	}
	CHECK(SSL_write(p.server, "hello", 5) == 5);
	CHECK(SSL_read(p.client, said, 5) == 5);
	pair_finish(&p);
	return !strcmp(said, "hello");
}

__attribute__((visibility("default"))) int handshakes(int count)
{
	int good = 0;

	for (int i = 0; i < count; i++)
		good += one();
	return good;
}
