/* SPDX-License-Identifier: Apache-2.0 */
/* A TLS client and server in one process, joined by memory: no sockets, no files. */
#pragma once

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			ERR_print_errors_fp(stderr);                                    \
			exit(1);                                                        \
		}                                                                       \
	} while (0)

struct pair {
	SSL_CTX *server_ctx, *client_ctx;
	SSL *server, *client;
};

/* A server context with a fresh self-signed certificate for key, which it takes over. */
static inline SSL_CTX *server_context(EVP_PKEY *key)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	X509 *cert = X509_new();
	EVP_MD *digest = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519
				 ? NULL
				 : EVP_MD_fetch(NULL, "SHA256", NULL);

	CHECK(ctx && cert);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -60);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	CHECK(X509_set_pubkey(cert, key));
	CHECK(X509_sign(cert, key, digest));
	CHECK(SSL_CTX_use_certificate(ctx, cert) == 1);
	CHECK(SSL_CTX_use_PrivateKey(ctx, key) == 1);
	X509_free(cert);
	EVP_MD_free(digest);
	EVP_PKEY_free(key);
	return ctx;
}

/* Connect a new client and server of the pair's contexts by memory. */
static inline void pair_connect(struct pair *p)
{
	BIO *a, *b;

	CHECK(BIO_new_bio_pair(&a, 65536, &b, 65536));
	CHECK((p->server = SSL_new(p->server_ctx)) && (p->client = SSL_new(p->client_ctx)));
	SSL_set_bio(p->server, a, a);
	SSL_set_bio(p->client, b, b);
	SSL_set_accept_state(p->server);
	SSL_set_connect_state(p->client);
}

static inline void pair_init(struct pair *p, EVP_PKEY *key)
{
	p->server_ctx = server_context(key);
	p->client_ctx = SSL_CTX_new(TLS_client_method());
	CHECK(p->client_ctx);
	pair_connect(p);
}

static inline void pair_finish(struct pair *p)
{
	SSL_free(p->client);
	SSL_free(p->server);
	SSL_CTX_free(p->client_ctx);
	SSL_CTX_free(p->server_ctx);
}
