/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine computes. */
#include "engine/operation.h"

#include <openssl/evp.h>

enum atls_alg atls_alg_of(int pkey_id)
{
	switch (pkey_id) {
	case EVP_PKEY_RSA:
		return ATLS_ALG_RSA;
	case EVP_PKEY_RSA_PSS:
		return ATLS_ALG_RSA_PSS;
	case EVP_PKEY_EC:
		return ATLS_ALG_EC;
	case EVP_PKEY_ED25519:
		return ATLS_ALG_ED25519;
	case EVP_PKEY_ED448:
		return ATLS_ALG_ED448;
	case EVP_PKEY_X25519:
		return ATLS_ALG_X25519;
	case EVP_PKEY_X448:
		return ATLS_ALG_X448;
	case EVP_PKEY_DH:
		return ATLS_ALG_DH;
	default:
		return ATLS_ALG_OTHER;
	}
}
