/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the shim asks OpenSSL leaves nothing in the error queue, and a MAC is no private-key
 * operation.
 */
// EVENTS ssl_new=1 ssl_begin=1 ssl_end=1 engine_inplace=0
#include "pair.h"

static void authenticate(void)
{
	EVP_PKEY *key =
		EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, (const unsigned char *)"key", 3);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char mac[64];
	size_t size = sizeof(mac);

	CHECK(key && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1);
	CHECK(EVP_DigestSign(ctx, mac, &size, (const unsigned char *)"text", 4) == 1);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
}

int main(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL *ssl = SSL_new(ctx);
	EVP_PKEY *other = EVP_EC_gen("P-256");
	int ret;

	CHECK(EVP_PKEY_get_bits(other) == 256); /* links bits.c, ahead of libcrypto */
	EVP_PKEY_free(other);
	SSL_set_accept_state(ssl);
	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	BIO_set_mem_eof_return(SSL_get_rbio(ssl), -1);
	authenticate();
	printf("after a MAC: error %lx\n", ERR_peek_error());
	ret = SSL_do_handshake(ssl);
	authenticate();
	printf("the handshake waits: %d\n", SSL_get_error(ssl, ret) == SSL_ERROR_WANT_READ);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	return 0;
}
