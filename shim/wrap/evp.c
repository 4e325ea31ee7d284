/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's front that needs neither ENGINE nor provider: libssl reaches the private key through
 * its PLT, so a wrapper of these calls sees every key type on every version.
 */
#include <stdlib.h>
#include <string.h>

#include "base/library.h"
#include "base/object.h"
#include "base/thread.h"
#include "engine/device.h"
#include "engine/key.h"
#include "engine/offload.h"
#include "shim.h"

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
		    EVP_PKEY_CTX *ctx, enum atls_reason *reason, int *ret)
{
	struct call_task *t = call_task_new(call);
	enum atls_offload how;

	*reason = ATLS_REASON_NO_RESOURCE;
	if (!t)
		return false;
	t->task.key = REAL(EVP_PKEY_CTX_get0_pkey)(ctx);
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

/*
 * Whether whoever calls has agreed to a pause: libssl in its own connection's job; or the program
 * in a job that it has started itself. Not the program in a callback of libssl's, which may hold a
 * lock, and may well be at a connection of its own; and not libcrypto, whose callers know nothing
 * of jobs.
 */
static enum atls_asker asker_of(const struct atls_conn *conn, const void *caller)
{
	bool agreed = conn ? !atls_self.frame.guests && atls_caller_is_libssl(caller)
			   : !atls_caller_is_libcrypto(caller);

	return agreed ? ATLS_ASKER_AGREED : ATLS_ASKER_OTHER;
}

/* Not inlined: after a switch of stacks, the thread's own state must be looked for anew. */
__attribute__((noinline)) static void set_asker(enum atls_asker asker)
{
	atls_self.frame.asker = asker;
}

static int perform_here(struct atls_conn *conn, const struct call *call, struct atls_operation what,
			enum atls_asker asker, enum atls_reason reason)
{
	struct atls_in_place place;
	int ret;

	atls_in_place_begin(conn, &place);
	set_asker(asker);
	ret = call->compute(call);
	atls_in_place_end(conn, &place, what, reason);
	set_asker(ATLS_ASKER_NONE);
	return ret;
}

/* Do the call, on a worker if it can be, and let the trace say where. */
static int perform(const struct call *call, struct atls_operation what, EVP_PKEY_CTX *ctx,
		   const void *caller)
{
	struct atls_conn *conn = atls_self.frame.conn;
	enum atls_asker asker;
	enum atls_reason reason = ATLS_REASON_NO_JOB, stays;
	enum atls_key_place place;
	int ret;

	/* libcrypto's way may lead through another of these calls. */
	if (!wanted(what.crypto) || atls_self.frame.asker)
		return call->compute(call);
	place = atls_key_place(ctx, &what, &stays);
	if (place == ATLS_KEY_NONE)
		return call->compute(call);
	asker = asker_of(conn, caller);
	if (atls_config.mode == ATLS_MODE_OBSERVE || !atls_offload_possible(conn, what, &reason))
		return perform_here(conn, call, what, asker, reason);
	if (asker == ATLS_ASKER_OTHER)
		return perform_here(conn, call, what, asker, ATLS_REASON_CALLER);
	if (place == ATLS_KEY_STAYS)
		return perform_here(conn, call, what, asker, stays);
	return offload(conn, call, what, ctx, &reason, &ret)
		       ? ret
		       : perform_here(conn, call, what, asker, reason);
}

static EVP_PKEY_CTX *key_ctx_of(EVP_MD_CTX *ctx)
{
	return REAL(EVP_MD_CTX_get_pkey_ctx)(ctx);
}

EXPORT int EVP_DigestSign(EVP_MD_CTX *ctx, unsigned char *sigret, size_t *siglen,
			  const unsigned char *tbs, size_t tbslen)
{
	struct call call = { compute_sign, ctx, NULL, sigret, siglen, tbs, tbslen };

	ATLS_BEGIN_CRYPTO(EVP_DigestSign, ctx, sigret, siglen, tbs, tbslen);
	if (!sigret || !atls_active())
		return compute_sign(&call);
	return perform(&call, (struct atls_operation){ ATLS_CRYPTO_SIGN }, key_ctx_of(ctx),
		       ATLS_CALLER());
}

EXPORT int EVP_PKEY_decrypt(EVP_PKEY_CTX *ctx, unsigned char *out, size_t *outlen,
			    const unsigned char *in, size_t inlen)
{
	struct call call = { compute_decrypt, NULL, ctx, out, outlen, in, inlen };

	ATLS_BEGIN_CRYPTO(EVP_PKEY_decrypt, ctx, out, outlen, in, inlen);
	if (!out || !atls_active())
		return compute_decrypt(&call);
	return perform(&call, (struct atls_operation){ ATLS_CRYPTO_DECRYPT }, ctx, ATLS_CALLER());
}

EXPORT int EVP_PKEY_sign(EVP_PKEY_CTX *ctx, unsigned char *sig, size_t *siglen,
			 const unsigned char *tbs, size_t tbslen)
{
	struct call call = { compute_raw_sign, NULL, ctx, sig, siglen, tbs, tbslen };

	ATLS_BEGIN_CRYPTO(EVP_PKEY_sign, ctx, sig, siglen, tbs, tbslen);
	if (!sig || !atls_active())
		return compute_raw_sign(&call);
	return perform(&call, (struct atls_operation){ ATLS_CRYPTO_SIGN }, ctx, ATLS_CALLER());
}

/*
 * Key exchange; the same call also serves key derivation functions, which have no key and cost
 * nothing.
 */
EXPORT int EVP_PKEY_derive(EVP_PKEY_CTX *ctx, unsigned char *key, size_t *keylen)
{
	struct call call = { compute_derive, NULL, ctx, key, keylen, NULL, 0 };

	ATLS_BEGIN_CRYPTO(EVP_PKEY_derive, ctx, key, keylen);
	if (!key || !atls_active())
		return compute_derive(&call);
	return perform(&call, (struct atls_operation){ ATLS_CRYPTO_DERIVE }, ctx, ATLS_CALLER());
}
