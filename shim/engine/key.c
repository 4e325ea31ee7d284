/* SPDX-License-Identifier: Apache-2.0 */
/* What an operation's key is: of which kind, and whose. */
#include "engine/key.h"

#include <stdatomic.h>
#include <string.h>

#include "base/query.h"
#include "engine/device.h"

/* By number in OpenSSL 1.1.1, by name where providers have the key. */
static bool is_mac(const EVP_PKEY *key, int id)
{
	static const struct {
		int id;
		const char *name;
	} macs[] = {
		{ EVP_PKEY_HMAC, "HMAC" },
		{ EVP_PKEY_CMAC, "CMAC" },
		{ EVP_PKEY_POLY1305, "POLY1305" },
		{ EVP_PKEY_SIPHASH, "SIPHASH" },
	};

	for (size_t i = 0; i < sizeof(macs) / sizeof(macs[0]); i++)
		if (id == macs[i].id ||
		    (REAL(EVP_PKEY_is_a) && REAL(EVP_PKEY_is_a)(key, macs[i].name)))
			return true;
	return false;
}

/* NULL is OpenSSL 1.1.1's, or a key's that has not come to a provider yet. */
static bool is_own_provider(const OSSL_PROVIDER *provider)
{
	const char *name = provider ? REAL(OSSL_PROVIDER_get0_name)(provider) : "default";

	return !strcmp(name, "default") || !strcmp(name, "fips");
}

/* Of a key that no provider has computed with yet, and perhaps none will. */
static bool has_own_methods(const EVP_PKEY *key)
{
	const struct rsa_st *rsa = REAL(EVP_PKEY_get0_RSA) ? REAL(EVP_PKEY_get0_RSA)(key) : NULL;
	const struct ec_key_st *ec =
		REAL(EVP_PKEY_get0_EC_KEY) ? REAL(EVP_PKEY_get0_EC_KEY)(key) : NULL;

	if (REAL(EVP_PKEY_get0_engine) && REAL(EVP_PKEY_get0_engine)(key))
		return false;
	if (rsa)
		return REAL(RSA_get_method)(rsa) == REAL(RSA_PKCS1_OpenSSL)();
	return !ec || REAL(EC_KEY_get_method)(ec) == REAL(EC_KEY_OpenSSL)();
}

/* From OpenSSL 3.0 on, an operation without a provider is an ENGINE's or a method's. */
static bool is_own(EVP_PKEY_CTX *ctx, const EVP_PKEY *key)
{
	const OSSL_PROVIDER *provider;

	if (!REAL(EVP_PKEY_CTX_get0_provider))
		return has_own_methods(key);
	provider = REAL(EVP_PKEY_CTX_get0_provider)(ctx);
	return provider && is_own_provider(provider) &&
	       is_own_provider(REAL(EVP_PKEY_get0_provider)(key));
}

bool atls_key_default_context(void)
{
	return !REAL(OSSL_LIB_CTX_set0_default) ||
	       REAL(OSSL_LIB_CTX_set0_default)(NULL) == REAL(OSSL_LIB_CTX_get0_global_default)();
}

/* NULL in ctx is the thread's default. */
static bool in_default_context(EVP_PKEY_CTX *ctx)
{
	OSSL_LIB_CTX *libctx =
		REAL(EVP_PKEY_CTX_get0_libctx) ? REAL(EVP_PKEY_CTX_get0_libctx)(ctx) : NULL;

	return libctx ? libctx == REAL(OSSL_LIB_CTX_get0_global_default)()
		      : atls_key_default_context();
}

static enum atls_key_place place_of(EVP_PKEY_CTX *ctx, EVP_PKEY *key, enum atls_reason *reason)
{
	*reason = ATLS_REASON_LIBRARY_CONTEXT;
	if (!in_default_context(ctx))
		return ATLS_KEY_STAYS;
	*reason = ATLS_REASON_FOREIGN_KEY;
	return atls_device_spec()->keys == ATLS_KEYS_ALL || is_own(ctx, key) ? ATLS_KEY_MOVES
									     : ATLS_KEY_STAYS;
}

static enum atls_key_place ask(EVP_PKEY_CTX *ctx, EVP_PKEY *key, struct atls_operation *what,
			       enum atls_reason *reason)
{
	int id = REAL(EVP_PKEY_get_base_id)(key);

	what->alg = atls_alg_of(id);
	if (what->alg == ATLS_ALG_OTHER && (what->crypto == ATLS_CRYPTO_DERIVE || is_mac(key, id)))
		return ATLS_KEY_NONE;
	what->bits = REAL(EVP_PKEY_get_bits)(key);
	return place_of(ctx, key, reason);
}

enum atls_key_place atls_key_place(EVP_PKEY_CTX *ctx, struct atls_operation *what,
				   enum atls_reason *reason)
{
	enum atls_key_place place = ATLS_KEY_NONE;
	EVP_PKEY *key =
		ctx && REAL(EVP_PKEY_CTX_get0_pkey) ? REAL(EVP_PKEY_CTX_get0_pkey)(ctx) : NULL;

	if (!key || !REAL(EVP_PKEY_get_base_id) || !REAL(EVP_PKEY_get_bits))
		return place;
	atls_query_begin();
	place = ask(ctx, key, what, reason);
	atls_query_end();
	return place;
}

#define MAX_KEYS 256
#define FIRST 4

bool atls_key_is_fresh(const void *key)
{
	static struct {
		_Atomic(const void *) key;
		_Atomic unsigned int count;
	} keys[MAX_KEYS];
	size_t at = ((uintptr_t)key * UINT64_C(0x9E3779B97F4A7C15)) >> 56;

	if (atomic_exchange_explicit(&keys[at].key, key, memory_order_relaxed) != key)
		atomic_store_explicit(&keys[at].count, 0, memory_order_relaxed);
	return atomic_load_explicit(&keys[at].count, memory_order_relaxed) < FIRST &&
	       atomic_fetch_add_explicit(&keys[at].count, 1, memory_order_relaxed) < FIRST;
}
