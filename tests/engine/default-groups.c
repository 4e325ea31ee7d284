/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ENGINE as the default leaves X25519's keys to OpenSSL's providers, whose hybrid groups use
 * them, unless it is asked for derivations.
 *
 * usage: default-groups ENGINE
 */
#include <openssl/engine.h>
#include <openssl/evp.h>
#include <stdbool.h>

#include "../shim/pair.h"

static ENGINE *load(const char *path)
{
	ENGINE *e;

	ENGINE_load_dynamic();
	e = ENGINE_by_id("dynamic");
	CHECK(e && ENGINE_ctrl_cmd_string(e, "SO_PATH", path, 0) &&
	      ENGINE_ctrl_cmd_string(e, "LOAD", NULL, 0) && ENGINE_init(e));
	return e;
}

static bool has_provider(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_X25519, NULL);
	EVP_PKEY *key = NULL;
	bool found;

	CHECK(EVP_PKEY_keygen_init(ctx) == 1 && EVP_PKEY_keygen(ctx, &key) == 1);
	found = EVP_PKEY_get0_provider(key) != NULL;
	EVP_PKEY_free(key);
	EVP_PKEY_CTX_free(ctx);
	return found;
}

/* Returns the exit status of TAP. */
static int say(int n, bool ok, const char *what)
{
	printf("%sok %d - %s\n", ok ? "" : "not ", n, what);
	return !ok;
}

int main(int argc, char **argv)
{
	ENGINE *e = load(argv[1]);
	struct pair p;
	int failed;

	printf("1..3\n");
	CHECK(ENGINE_set_default(e, ENGINE_METHOD_ALL));
	failed = say(1, has_provider(), "X25519 is the providers' by default");
	pair_init(&p, EVP_RSA_gen(2048));
	while (SSL_do_handshake(p.client) <= 0 && SSL_do_handshake(p.server) <= 0)
		CHECK(SSL_get_error(p.server, -1) == SSL_ERROR_WANT_READ);
	failed += say(2, SSL_version(p.client) == TLS1_3_VERSION, "a TLS 1.3 handshake");
	pair_finish(&p);
	CHECK(ENGINE_ctrl_cmd_string(e, "SPEC", "ops=derive", 0) &&
	      ENGINE_set_default(e, ENGINE_METHOD_ALL));
	failed += say(3, !has_provider(), "it is the ENGINE's if that is asked for derivations");
	return failed;
}
