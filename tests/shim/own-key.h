/* SPDX-License-Identifier: Apache-2.0 */
/* An RSA key that signs by a function of the program's. For OPENSSL_SUPPRESS_DEPRECATED. */
#pragma once

#include <openssl/rsa.h>

#include "pair.h"

typedef int sign_function(int size, const unsigned char *from, unsigned char *to, RSA *rsa,
			  int padding);

/* What that function ends with. */
static inline int sign_as_openssl(int size, const unsigned char *from, unsigned char *to, RSA *rsa,
				  int padding)
{
	return RSA_meth_get_priv_enc(RSA_PKCS1_OpenSSL())(size, from, to, rsa, padding);
}

/* The method lives as long as the process. */
static inline EVP_PKEY *own_key(sign_function *sign)
{
	RSA_METHOD *method = RSA_meth_dup(RSA_PKCS1_OpenSSL());
	EVP_PKEY *key = EVP_PKEY_new();
	BIGNUM *e = BN_new();
	RSA *rsa = RSA_new();

	CHECK(method && BN_set_word(e, RSA_F4) && RSA_generate_key_ex(rsa, 2048, e, NULL));
	CHECK(RSA_meth_set_priv_enc(method, sign) && RSA_set_method(rsa, method));
	CHECK(EVP_PKEY_assign_RSA(key, rsa));
	BN_free(e);
	return key;
}

/* Sign something; a job's function, whose argument is the key's address. */
static inline int sign_something(void *args)
{
	EVP_PKEY *key = *(EVP_PKEY **)args;
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned char sig[512];
	size_t size = sizeof(sig);
	int ok;

	CHECK(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key) == 1);
	ok = EVP_DigestSign(md, sig, &size, (const unsigned char *)"text", 4);
	EVP_MD_CTX_free(md);
	return ok;
}
