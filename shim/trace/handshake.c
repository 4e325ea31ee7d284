/* SPDX-License-Identifier: Apache-2.0 */
/* What was agreed on in a handshake. */
#include "trace/handshake.h"

#include <string.h>

#include <openssl/obj_mac.h>

#include "base/conn.h"
#include "base/query.h"
#include "base/real.h"
#include "trace/tracer.h"

/* OpenSSL answers with numbers of its own; the trace has those on the wire. */
struct number {
	int nid, digest;
	uint16_t wire;
};

static const struct number groups[] = {
	{ NID_X9_62_prime256v1, 0, 23 }, { NID_secp384r1, 0, 24 },
	{ NID_secp521r1, 0, 25 },	 { NID_brainpoolP256r1, 0, 26 },
	{ NID_brainpoolP384r1, 0, 27 },	 { NID_brainpoolP512r1, 0, 28 },
	{ NID_X25519, 0, 29 },		 { NID_X448, 0, 30 },
	{ NID_secp256k1, 0, 22 },	 { NID_secp224r1, 0, 21 },
	{ NID_ffdhe2048, 0, 256 },	 { NID_ffdhe3072, 0, 257 },
	{ NID_ffdhe4096, 0, 258 },	 { NID_ffdhe6144, 0, 259 },
	{ NID_ffdhe8192, 0, 260 },
};

static const struct number schemes[] = {
	{ NID_rsaEncryption, NID_sha1, 0x0201 },
	{ NID_rsaEncryption, NID_sha224, 0x0301 },
	{ NID_rsaEncryption, NID_sha256, 0x0401 },
	{ NID_rsaEncryption, NID_sha384, 0x0501 },
	{ NID_rsaEncryption, NID_sha512, 0x0601 },
	{ NID_rsassaPss, NID_sha256, 0x0804 },
	{ NID_rsassaPss, NID_sha384, 0x0805 },
	{ NID_rsassaPss, NID_sha512, 0x0806 },
	{ NID_X9_62_id_ecPublicKey, NID_sha1, 0x0203 },
	{ NID_X9_62_id_ecPublicKey, NID_sha224, 0x0303 },
	{ NID_X9_62_id_ecPublicKey, NID_sha256, 0x0403 },
	{ NID_X9_62_id_ecPublicKey, NID_sha384, 0x0503 },
	{ NID_X9_62_id_ecPublicKey, NID_sha512, 0x0603 },
	{ NID_ED25519, NID_undef, 0x0807 },
	{ NID_ED448, NID_undef, 0x0808 },
};

static uint16_t on_the_wire(const struct number *list, size_t n, int nid, int digest)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].nid == nid && list[i].digest == digest)
			return list[i].wire;
	return 0;
}

static uint16_t group_of(SSL *ssl)
{
	long nid = REAL(SSL_ctrl)(ssl, SSL_CTRL_GET_NEGOTIATED_GROUP, 0, NULL);

	if (nid & TLSEXT_nid_unknown)
		return nid & 0xffff;
	return nid > 0 ? on_the_wire(groups, sizeof(groups) / sizeof(groups[0]), (int)nid, 0) : 0;
}

/* How the server signed: it knows that as its own signature, the client as its peer's. */
static uint16_t signature_of(SSL *ssl, bool server)
{
	int type = 0, digest = 0;
	int known = server ? REAL(SSL_get_signature_type_nid)(ssl, &type)
			   : REAL(SSL_get_peer_signature_type_nid)(ssl, &type);

	if (!known)
		return 0;
	REAL(SSL_ctrl)
	(ssl, server ? SSL_CTRL_GET_SIGNATURE_NID : SSL_CTRL_GET_PEER_SIGNATURE_NID, 0, &digest);
	return on_the_wire(schemes, sizeof(schemes) / sizeof(schemes[0]), type, digest);
}

static void note_name(const SSL *ssl, const struct atls_conn *conn)
{
	const char *name = REAL(SSL_get_servername)(ssl, TLSEXT_NAMETYPE_host_name);
	struct atls_server_name e = { .conn = conn->id };

	if (!name || !atls_recorded(ATLS_EV_server_name))
		return;
	strncpy(e.name, name, sizeof(e.name) - 1);
	atls_emit(ATLS_EV_server_name, &e);
}

static void note(SSL *ssl, const struct atls_conn *conn)
{
	const SSL_CIPHER *cipher = REAL(SSL_get_current_cipher)(ssl);
	bool server = REAL(SSL_is_server)(ssl);

	ATLS_EMIT(handshake, .conn = conn->id, .side = server ? ATLS_SIDE_SERVER : ATLS_SIDE_CLIENT,
		  .version = REAL(SSL_version)(ssl),
		  .cipher = cipher ? REAL(SSL_CIPHER_get_protocol_id)(cipher) : 0,
		  .resumed = REAL(SSL_session_reused)(ssl), .group = group_of(ssl),
		  .sigalg = signature_of(ssl, server));
	note_name(ssl, conn);
}

void atls_handshake_note(SSL *ssl, struct atls_conn *conn)
{
	bool finished = REAL(SSL_is_init_finished)(ssl);

	if (finished && !conn->trace.handshake_noted) {
		atls_query_begin();
		note(ssl, conn);
		atls_query_end();
		conn->trace.handshake_noted = true;
	} else if (!finished && conn->trace.handshake_noted &&
		   REAL(SSL_version)(ssl) < TLS1_3_VERSION) {
		/* A renegotiation. (In TLS 1.3 it may be a ticket that has come in part.) */
		conn->trace.handshake_noted = false;
	}
}
