/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's front that needs neither ENGINE nor provider: libssl reaches the private key through
 * its PLT, so a wrapper of these calls sees every key type on every version.
 */
#include <stdlib.h>
#include <string.h>

#include "base/library.h"
#include "base/thread.h"
#include "engine/device.h"
#include "engine/offload.h"
#include "shim.h"

static EVP_PKEY *key_of(EVP_PKEY_CTX *ctx)
{
	return ctx && REAL(EVP_PKEY_CTX_get0_pkey) ? REAL(EVP_PKEY_CTX_get0_pkey)(ctx) : NULL;
}

const bool atls_preloaded = true;

/* The arguments of one call; the sizes of what it writes are in and out. */
struct call {
	int (*compute)(const struct call *call);
	EVP_MD_CTX *md_ctx;
	EVP_PKEY_CTX *key_ctx;
	unsigned char *out;
	size_t *out_size;
	const unsigned char *in;
	size_t in_size;
};

static int compute_sign(const struct call *c)
{
	return REAL(EVP_DigestSign)(c->md_ctx, c->out, c->out_size, c->in, c->in_size);
}

static int compute_decrypt(const struct call *c)
{
	return REAL(EVP_PKEY_decrypt)(c->key_ctx, c->out, c->out_size, c->in, c->in_size);
}

static int compute_raw_sign(const struct call *c)
{
	return REAL(EVP_PKEY_sign)(c->key_ctx, c->out, c->out_size, c->in, c->in_size);
}

static int compute_derive(const struct call *c)
{
	return REAL(EVP_PKEY_derive)(c->key_ctx, c->out, c->out_size);
}

/*
 * A call on its way through the engine. The contexts are lent by the waiting fibre, which does not
 * go on while a worker is at it; input and output are copies, since libssl's own output buffer goes
 * away with the connection.
 */
struct call_task {
	struct atls_task task;
	struct call call; /* of the copies */
	size_t out_size;
	size_t room;		/* bytes in copies */
	unsigned char copies[]; /* in, then out */
};

static int compute_task(struct atls_task *task)
{
	return ((struct call_task *)task)->call.compute(&((struct call_task *)task)->call);
}

static void cleanse(struct atls_task *task)
{
	struct call_task *t = (struct call_task *)task;

	explicit_bzero(t->copies, t->room);
}

static struct call_task *call_task_new(const struct call *call)
{
	size_t room = call->in_size + *call->out_size;
	struct call_task *t = calloc(1, sizeof(*t) + room);

	if (!t)
		return NULL;
	t->task.compute = compute_task;
	t->task.dispose = cleanse;
	t->room = room;
	t->out_size = *call->out_size;
	t->call = *call;
	if (call->in_size)
		memcpy(t->copies, call->in, call->in_size);
	t->call.in = t->copies;
	t->call.out = t->copies + call->in_size;
	t->call.out_size = &t->out_size;
	return t;
}

/* Do the call on a worker. Returns false if it could not be queued; else *ret is its result. */
static bool offload(struct atls_conn *conn, const struct call *call, struct atls_operation what,
		    enum atls_reason *reason, int *ret)
{
	struct call_task *t = call_task_new(call);
	enum atls_offload how;

	*reason = ATLS_REASON_NO_RESOURCE;
	if (!t)
		return false;
	how = atls_offload(conn, &t->task, what, reason);
	*ret = how == ATLS_OFFLOAD_DONE ? t->task.result : 0;
	if (how == ATLS_OFFLOAD_DONE) {
		atls_errors_raise(&t->task.errors);
		*call->out_size = t->out_size;
		if (*ret > 0)
			memcpy(call->out, t->call.out, t->out_size);
	}
	atls_task_unref(&t->task);
	return how != ATLS_OFFLOAD_REFUSED;
}

/* The kind of operation that pkey (may be NULL) is used for. */
static struct atls_operation operation_of(enum atls_crypto crypto, EVP_PKEY *pkey)
{
	struct atls_operation what = { .crypto = crypto };

	if (pkey && REAL(EVP_PKEY_get_base_id) && REAL(EVP_PKEY_get_bits)) {
		what.alg = atls_alg_of(REAL(EVP_PKEY_get_base_id)(pkey));
		what.bits = REAL(EVP_PKEY_get_bits)(pkey);
	}
	return what;
}

/*
 * What is offloaded when the specification does not say. More would cost more pauses than it spares
 * time.
 */
#define DEFAULT_OPS (1 << ATLS_CRYPTO_SIGN | 1 << ATLS_CRYPTO_DECRYPT)

static bool wanted(enum atls_crypto crypto)
{
	uint8_t ops = atls_device_spec()->ops;

	return (ops ? ops : DEFAULT_OPS) & 1 << crypto;
}

/* Do the call, on a worker if it can be, and let the trace say where. */
static int perform(const struct call *call, struct atls_operation what)
{
	struct atls_conn *conn = atls_self.frame.conn;
	enum atls_reason reason;
	struct atls_in_place place;
	int ret;

	if (!wanted(what.crypto))
		return call->compute(call);
	reason = ATLS_REASON_NO_JOB;
	if (atls_config.mode != ATLS_MODE_OBSERVE && atls_offload_possible(conn, what, &reason) &&
	    offload(conn, call, what, &reason, &ret))
		return ret;
	atls_in_place_begin(conn, &place);
	ret = call->compute(call);
	atls_in_place_end(conn, &place, what, reason);
	return ret;
}

EXPORT int EVP_DigestSign(EVP_MD_CTX *ctx, unsigned char *sigret, size_t *siglen,
			  const unsigned char *tbs, size_t tbslen)
{
	struct call call = { compute_sign, ctx, NULL, sigret, siglen, tbs, tbslen };

	ATLS_BEGIN_CRYPTO(EVP_DigestSign, ctx, sigret, siglen, tbs, tbslen);
	if (!sigret || !atls_active())
		return compute_sign(&call);
	return perform(&call,
		       operation_of(ATLS_CRYPTO_SIGN, key_of(REAL(EVP_MD_CTX_get_pkey_ctx)(ctx))));
}

EXPORT int EVP_PKEY_decrypt(EVP_PKEY_CTX *ctx, unsigned char *out, size_t *outlen,
			    const unsigned char *in, size_t inlen)
{
	struct call call = { compute_decrypt, NULL, ctx, out, outlen, in, inlen };

	ATLS_BEGIN_CRYPTO(EVP_PKEY_decrypt, ctx, out, outlen, in, inlen);
	if (!out || !atls_active())
		return compute_decrypt(&call);
	return perform(&call, operation_of(ATLS_CRYPTO_DECRYPT, key_of(ctx)));
}

EXPORT int EVP_PKEY_sign(EVP_PKEY_CTX *ctx, unsigned char *sig, size_t *siglen,
			 const unsigned char *tbs, size_t tbslen)
{
	struct call call = { compute_raw_sign, NULL, ctx, sig, siglen, tbs, tbslen };

	ATLS_BEGIN_CRYPTO(EVP_PKEY_sign, ctx, sig, siglen, tbs, tbslen);
	if (!sig || !atls_active())
		return compute_raw_sign(&call);
	return perform(&call, operation_of(ATLS_CRYPTO_SIGN, key_of(ctx)));
}

/*
 * Key exchange; the same call also serves key derivation functions, which have no key and cost
 * nothing.
 */
EXPORT int EVP_PKEY_derive(EVP_PKEY_CTX *ctx, unsigned char *key, size_t *keylen)
{
	struct call call = { compute_derive, NULL, ctx, key, keylen, NULL, 0 };
	struct atls_operation what;

	ATLS_BEGIN_CRYPTO(EVP_PKEY_derive, ctx, key, keylen);
	if (!key || !atls_active() || !wanted(ATLS_CRYPTO_DERIVE))
		return compute_derive(&call);
	what = operation_of(ATLS_CRYPTO_DERIVE, key_of(ctx));
	return what.alg == ATLS_ALG_OTHER ? compute_derive(&call) : perform(&call, what);
}
