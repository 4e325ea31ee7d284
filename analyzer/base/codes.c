/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of the codes that the analysis adds to those of the catalogue, and of IANA's numbers. */
#include "base/codes.h"

#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define ATLS_VALUE(symbol, text, number) { text, number },
#define ATLS_ENUM(name, values) static const struct atls_value_desc name[] = { values };
#include "base/codes.def"
#undef ATLS_VALUE
#undef ATLS_ENUM

/* Numbers of TLS on the wire, as far as servers of today use them; others are shown as numbers. */
static const struct atls_value_desc group[] = {
	{ "secp256r1", 0x0017 }, { "secp384r1", 0x0018 }, { "secp521r1", 0x0019 },
	{ "x25519", 0x001d },	 { "x448", 0x001e },	  { "ffdhe2048", 0x0100 },
	{ "ffdhe3072", 0x0101 }, { "ffdhe4096", 0x0102 }, { "X25519MLKEM768", 0x11ec },
};

static const struct atls_value_desc sigalg[] = {
	{ "rsa_pkcs1_sha256", 0x0401 },
	{ "rsa_pkcs1_sha384", 0x0501 },
	{ "rsa_pkcs1_sha512", 0x0601 },
	{ "ecdsa_secp256r1_sha256", 0x0403 },
	{ "ecdsa_secp384r1_sha384", 0x0503 },
	{ "ecdsa_secp521r1_sha512", 0x0603 },
	{ "rsa_pss_rsae_sha256", 0x0804 },
	{ "rsa_pss_rsae_sha384", 0x0805 },
	{ "rsa_pss_rsae_sha512", 0x0806 },
	{ "ed25519", 0x0807 },
	{ "ed448", 0x0808 },
	{ "rsa_pss_pss_sha256", 0x0809 },
};

static const struct atls_value_desc version[] = {
	{ "SSL 3", 0x0300 },	{ "TLS 1.0", 0x0301 }, { "TLS 1.1", 0x0302 },
	{ "TLS 1.2", 0x0303 },	{ "TLS 1.3", 0x0304 }, { "DTLS 1.0", 0xfeff },
	{ "DTLS 1.2", 0xfefd },
};

static const struct atls_value_desc cipher[] = {
	{ "TLS_AES_128_GCM_SHA256", 0x1301 },
	{ "TLS_AES_256_GCM_SHA384", 0x1302 },
	{ "TLS_CHACHA20_POLY1305_SHA256", 0x1303 },
	{ "TLS_AES_128_CCM_SHA256", 0x1304 },
	{ "AES128-SHA", 0x002f },
	{ "AES256-SHA", 0x0035 },
	{ "AES128-SHA256", 0x003c },
	{ "AES256-SHA256", 0x003d },
	{ "AES128-GCM-SHA256", 0x009c },
	{ "AES256-GCM-SHA384", 0x009d },
	{ "DHE-RSA-AES128-GCM-SHA256", 0x009e },
	{ "DHE-RSA-AES256-GCM-SHA384", 0x009f },
	{ "ECDHE-ECDSA-AES128-SHA", 0xc009 },
	{ "ECDHE-ECDSA-AES256-SHA", 0xc00a },
	{ "ECDHE-RSA-AES128-SHA", 0xc013 },
	{ "ECDHE-RSA-AES256-SHA", 0xc014 },
	{ "ECDHE-RSA-AES128-SHA256", 0xc027 },
	{ "ECDHE-RSA-AES256-SHA384", 0xc028 },
	{ "ECDHE-ECDSA-AES128-GCM-SHA256", 0xc02b },
	{ "ECDHE-ECDSA-AES256-GCM-SHA384", 0xc02c },
	{ "ECDHE-RSA-AES128-GCM-SHA256", 0xc02f },
	{ "ECDHE-RSA-AES256-GCM-SHA384", 0xc030 },
	{ "ECDHE-RSA-CHACHA20-POLY1305", 0xcca8 },
	{ "ECDHE-ECDSA-CHACHA20-POLY1305", 0xcca9 },
	{ "DHE-RSA-CHACHA20-POLY1305", 0xccaa },
};

const struct atls_enum_desc atls_codes[] = {
#define ATLS_ENUM(name, values) { #name, name, LENGTH(name) },
#include "base/codes.def"
#undef ATLS_ENUM
	{ "version", version, LENGTH(version) },
	{ "cipher", cipher, LENGTH(cipher) },
	{ "group", group, LENGTH(group) },
	{ "sigalg", sigalg, LENGTH(sigalg) },
};
const size_t atls_ncodes = LENGTH(atls_codes);

const char *atls_code_text(const char *domain, int code)
{
	for (size_t i = 0; i < atls_ncodes; i++)
		for (size_t k = 0; k < atls_codes[i].nvalues; k++)
			if (!strcmp(atls_codes[i].name, domain) &&
			    atls_codes[i].values[k].number == code)
				return atls_codes[i].values[k].text;
	return NULL;
}
