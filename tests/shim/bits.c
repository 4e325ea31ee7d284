/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EVP_PKEY_get_bits as of OpenSSL 3.5, ahead of the real one: a MAC's key has none, which is an
 * error.
 */
#include <dlfcn.h>
#include <openssl/err.h>
#include <openssl/evp.h>

int EVP_PKEY_get_bits(const EVP_PKEY *key)
{
	int (*real)(const EVP_PKEY *key) =
		(int (*)(const EVP_PKEY *))dlsym(RTLD_NEXT, "EVP_PKEY_get_bits");

	if (!EVP_PKEY_is_a(key, "HMAC"))
		return real(key);
	ERR_raise_data(ERR_LIB_EVP, ERR_R_INTERNAL_ERROR, "unknown bits");
	return 0;
}
