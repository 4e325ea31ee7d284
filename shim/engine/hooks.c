/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's front that needs neither ENGINE nor provider: libssl reaches the private key through
 * its PLT, so a wrapper of these calls sees every key type on every version.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conn.h"
#include "engine/offload.h"
#include "shim.h"
#include "thread.h"

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* True if an operation done in place is of interest: it is part of a TLS connection, and recorded. */
static bool in_place_is_news(void)
{
	return atls_self.frame.conn && atls_recorded(ATLS_EV_engine_inplace);
}

static void note_in_place(struct atls_operation what, enum atls_reason reason, uint64_t began_ns)
{
	ATLS_EMIT(engine_inplace, .job = atls_self.frame.job, .conn = atls_self.frame.conn_id,
		  .cost = now_ns() - began_ns, .crypto = what.crypto, .alg = what.alg, .bits = what.bits,
		  .reason = reason);
}

static EVP_PKEY *key_of(EVP_PKEY_CTX *ctx)
{
	return ctx && REAL(EVP_PKEY_CTX_get0_pkey) ? REAL(EVP_PKEY_CTX_get0_pkey)(ctx) : NULL;
}

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

/*
 * A call on its way through the engine. The contexts are lent by the waiting fibre, which does not go
 * on while a worker is at it; input and output are copies, since libssl's own output buffer goes away
 * with the connection.
 */
struct call_task {
	struct atls_task task;
	struct call call; /* of the copies */
	size_t out_size;
	size_t room;             /* bytes in copies */
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
	t->call.in = memcpy(t->copies, call->in, call->in_size);
	t->call.out = t->copies + call->in_size;
	t->call.out_size = &t->out_size;
	return t;
}

/* Do the call on a worker. Returns false if it could not be queued; else *ret is its result. */
static bool offload(const struct call *call, struct atls_operation what, enum atls_reason *reason, int *ret)
{
	struct call_task *t = call_task_new(call);
	enum atls_offload how;

	*reason = ATLS_REASON_NO_RESOURCE;
	if (!t)
		return false;
	how = atls_offload(&t->task, what, reason);
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

/* Do the call, on a worker if it can be, and tell the trace where. */
static int perform(const struct call *call, struct atls_operation what)
{
	enum atls_reason reason;
	uint64_t began_ns;
	int ret;

	if (atls_offload_possible(&reason) && offload(call, what, &reason, &ret))
		return ret;
	if (!in_place_is_news())
		return call->compute(call);
	began_ns = now_ns();
	ret = call->compute(call);
	note_in_place(what, reason, began_ns);
	return ret;
}

EXPORT int EVP_DigestSign(EVP_MD_CTX *ctx, unsigned char *sigret, size_t *siglen, const unsigned char *tbs,
			  size_t tbslen)
{
	struct call call = { compute_sign, ctx, NULL, sigret, siglen, tbs, tbslen };

	if (!atls_ready())
		return 0;
	if (!sigret || !atls_active())
		return compute_sign(&call);
	return perform(&call, atls_operation_of(ATLS_CRYPTO_SIGN, key_of(REAL(EVP_MD_CTX_get_pkey_ctx)(ctx))));
}

EXPORT int EVP_PKEY_decrypt(EVP_PKEY_CTX *ctx, unsigned char *out, size_t *outlen, const unsigned char *in,
			    size_t inlen)
{
	struct call call = { compute_decrypt, NULL, ctx, out, outlen, in, inlen };

	if (!atls_ready())
		return 0;
	if (!out || !atls_active())
		return compute_decrypt(&call);
	return perform(&call, atls_operation_of(ATLS_CRYPTO_DECRYPT, key_of(ctx)));
}
