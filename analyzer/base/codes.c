/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of the codes that the analysis adds to those of the catalogue. */
#include "base/codes.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct atls_value_desc phase[] = {
	{ "busy", ATLS_PHASE_BUSY },
	{ "offload", ATLS_PHASE_OFFLOAD },
	{ "notify", ATLS_PHASE_NOTIFY },
	{ "requeue", ATLS_PHASE_REQUEUE },
};

static const struct atls_value_desc outcome[] = {
	{ "finished", ATLS_OUTCOME_FINISHED }, { "error", ATLS_OUTCOME_ERROR },
	{ "no_jobs", ATLS_OUTCOME_NO_JOBS },   { "unfinished", ATLS_OUTCOME_UNFINISHED },
	{ "unknown", ATLS_OUTCOME_UNKNOWN },
};

static const struct atls_value_desc evidence[] = {
	{ "done", ATLS_EVIDENCE_DONE },		{ "wake", ATLS_EVIDENCE_WAKE },
	{ "callback", ATLS_EVIDENCE_CALLBACK }, { "ready", ATLS_EVIDENCE_READY },
	{ "turn", ATLS_EVIDENCE_TURN },		{ "untold", ATLS_EVIDENCE_UNTOLD },
	{ "merged", ATLS_EVIDENCE_MERGED },	{ "spurious", ATLS_EVIDENCE_SPURIOUS },
	{ "no-start", ATLS_EVIDENCE_NO_START }, { "lost", ATLS_EVIDENCE_LOST },
	{ "gap", ATLS_EVIDENCE_GAP },
};

static const struct atls_value_desc metric[] = {
	{ "wall", ATLS_METRIC_WALL },	    { "busy", ATLS_METRIC_BUSY },
	{ "offload", ATLS_METRIC_OFFLOAD }, { "notify", ATLS_METRIC_NOTIFY },
	{ "requeue", ATLS_METRIC_REQUEUE }, { "queue", ATLS_METRIC_QUEUE },
	{ "service", ATLS_METRIC_SERVICE }, { "handshake", ATLS_METRIC_HANDSHAKE },
	{ "turn", ATLS_METRIC_TURN },
};

static const struct atls_value_desc severity[] = {
	{ "note", ATLS_SEVERITY_NOTE },
	{ "warning", ATLS_SEVERITY_WARNING },
	{ "error", ATLS_SEVERITY_ERROR },
};

static const struct atls_value_desc certainty[] = {
	{ "possible", ATLS_CERTAINTY_POSSIBLE },
	{ "likely", ATLS_CERTAINTY_LIKELY },
	{ "certain", ATLS_CERTAINTY_CERTAIN },
};

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

/* SSL_get_error's answers. */
static const struct atls_value_desc ssl_error[] = {
	{ "none", 0 },
	{ "ssl", 1 },
	{ "want_read", 2 },
	{ "want_write", 3 },
	{ "want_x509_lookup", 4 },
	{ "syscall", 5 },
	{ "zero_return", 6 },
	{ "want_connect", 7 },
	{ "want_accept", 8 },
	{ "want_async", 9 },
	{ "want_async_job", 10 },
	{ "want_client_hello_cb", 11 },
};

/* The IANA numbers that servers of today negotiate; others are shown as numbers. */
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
	{ "phase", phase, LENGTH(phase) },
	{ "outcome", outcome, LENGTH(outcome) },
	{ "evidence", evidence, LENGTH(evidence) },
	{ "version", version, LENGTH(version) },
	{ "cipher", cipher, LENGTH(cipher) },
	{ "severity", severity, LENGTH(severity) },
	{ "certainty", certainty, LENGTH(certainty) },
	{ "metric", metric, LENGTH(metric) },
	{ "group", group, LENGTH(group) },
	{ "sigalg", sigalg, LENGTH(sigalg) },
	{ "ssl_error", ssl_error, LENGTH(ssl_error) },
};
const size_t atls_ncodes = LENGTH(atls_codes);
