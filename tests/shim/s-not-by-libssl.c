/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A callback of libssl's may sign, and hold a lock meanwhile: its job does not pause there, but
 * after it.
 */
// MODE bridge
// ENGINE workers=1,latency=any:20ms,min_cost=0ns
// EVENTS engine_submit=1 engine_done=1 engine_inplace>=3 bridge_drained=0
// LINE engine_inplace reason=not-by-libssl crypto=sign alg=rsa
#include "loop.h"

static EVP_PKEY *key;
static bool in_callback;

static void sign_certificate(X509 *cert)
{
	CHECK(X509_set_pubkey(cert, key) && X509_sign(cert, key, EVP_sha256()));
}

static void sign_text(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sig[512];
	size_t size = sizeof(sig);

	CHECK(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1);
	CHECK(EVP_DigestSign(ctx, sig, &size, (const unsigned char *)"text", 4) == 1);
	EVP_MD_CTX_free(ctx);
}

/* With somebody whom the program asks for a certificate, say. */
static void talk_tls(void)
{
	struct pair p;

	EVP_PKEY_up_ref(key);
	pair_init(&p, key);
	while (SSL_do_handshake(p.client) <= 0 && SSL_do_handshake(p.server) <= 0)
		CHECK(SSL_get_error(p.server, -1) == SSL_ERROR_WANT_READ);
	pair_finish(&p);
}

/* As a proxy does that makes its certificates on the way. */
static int make_certificate(SSL *ssl, void *arg)
{
	X509 *cert = X509_new();

	CHECK(!in_callback);
	in_callback = true;
	sign_certificate(cert);
	sign_text();
	talk_tls();
	in_callback = false;
	X509_free(cert);
	return 1;
}

int main(void)
{
	SSL_CTX *client_ctx = SSL_CTX_new(TLS_client_method());
	struct client c = { 0 };
	struct serving s;
	SSL_CTX *ctx;
	struct epoll_event event = { .events = EPOLLIN };
	int epfd = epoll_create1(EPOLL_CLOEXEC), waits = 0;

	CHECK((key = EVP_RSA_gen(2048)));
	EVP_PKEY_up_ref(key);
	ctx = server_context(key);
	SSL_CTX_set_cert_cb(ctx, make_certificate, NULL);
	serving_start(&s, ctx, client_start(&c, client_ctx));
	CHECK(epfd >= 0 && !epoll_ctl(epfd, EPOLL_CTL_ADD, s.fd, &event));
	do {
		CHECK(epoll_wait(epfd, &event, 1, 30000) == 1);
		serving_go(&s);
		waits += in_callback;
	} while (!s.done);
	close(epfd);
	printf("served: %d, left in a callback: %d\n", s.ok, waits);
	serving_finish(&s);
	CHECK(client_join(&c));
	SSL_CTX_free(ctx);
	SSL_CTX_free(client_ctx);
	EVP_PKEY_free(key);
	return 0;
}
