/* SPDX-License-Identifier: Apache-2.0 */
/* Handshake and data by libssl's own BIO, with no call of SSL_* by the program: OpenVPN's way. */
// EVENTS ssl_new=2 handshake=2 ssl_free=2
// LINE handshake side=server
// LINE handshake side=client
// LINE ssl_begin conn=1 op=read
// LINE ssl_begin conn=2 op=write
#include <stdbool.h>

#include "pair.h"

/* A BIO that is the end of a connection, on its half of a pair. */
static BIO *ssl_bio(SSL_CTX *ctx, BIO *half, bool server)
{
	BIO *bio = BIO_new(BIO_f_ssl());
	SSL *ssl = SSL_new(ctx);

	CHECK(bio && ssl);
	if (server)
		SSL_set_accept_state(ssl);
	else
		SSL_set_connect_state(ssl);
	SSL_set_bio(ssl, half, half);
	BIO_set_ssl(bio, ssl, BIO_CLOSE);
	return bio;
}

int main(void)
{
	SSL_CTX *server_ctx = server_context(EVP_RSA_gen(2048)),
		*client_ctx = SSL_CTX_new(TLS_client_method());
	BIO *a, *b, *server, *client;
	char word[8] = "";
	int sent = 0, got = 0;

	CHECK(BIO_new_bio_pair(&a, 65536, &b, 65536));
	server = ssl_bio(server_ctx, a, true);
	client = ssl_bio(client_ctx, b, false);
	printf("%s %d\n", BIO_method_name(server), BIO_method_type(server) == BIO_TYPE_SSL);
	while (got <= 0) {
		if (sent <= 0 && (sent = BIO_write(client, "word", 4)) <= 0)
			CHECK(BIO_should_retry(client));
		if ((got = BIO_read(server, word, sizeof(word))) <= 0)
			CHECK(BIO_should_read(server));
	}
	printf("%d %d %s\n", sent, got, word);
	BIO_free_all(client);
	BIO_free_all(server);
	SSL_CTX_free(client_ctx);
	SSL_CTX_free(server_ctx);
	return 0;
}
