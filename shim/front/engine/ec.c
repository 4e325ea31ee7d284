/* SPDX-License-Identifier: Apache-2.0 */
/* Elliptic curves: ECDSA, ECDH and key generation, by way of OpenSSL's own functions. */
#include <openssl/ec.h>
#include <stdlib.h>
#include <string.h>

#include "front/engine/engine.h"

static EC_KEY_METHOD *method;

/* OpenSSL's own functions; set once, before ours. */
static int (*real_sign)(int type, const unsigned char *digest, int size, unsigned char *sig,
			unsigned int *siglen, const BIGNUM *kinv, const BIGNUM *r, EC_KEY *key);
static int (*real_setup)(EC_KEY *key, BN_CTX *ctx, BIGNUM **kinv, BIGNUM **r);
static ECDSA_SIG *(*real_sign_sig)(const unsigned char *digest, int size, const BIGNUM *kinv,
				   const BIGNUM *r, EC_KEY *key);
static int (*real_derive)(unsigned char **secret, size_t *size, const EC_POINT *peer,
			  const EC_KEY *key);
static int (*real_keygen)(EC_KEY *key);

/* One operation, on copies and references if it is a task's. */
struct op {
	EC_KEY *key;
	const unsigned char *digest;
	int size;
	unsigned char *sig;    /* sign: room for ECDSA_size() bytes */
	unsigned int siglen;   /* sign: how many there are */
	const EC_POINT *peer;  /* derive */
	unsigned char *secret; /* derive: made by it, owned by whoever runs it */
	size_t secret_size;
	ECDSA_SIG *signature; /* sign_sig: the same */
};

struct ec_task {
	struct atls_task task;
	int (*function)(void *op);
	struct op op;
	size_t room;
	unsigned char copies[]; /* digest, then signature */
};

static int sign_here(void *args)
{
	struct op *op = args;

	return real_sign(0, op->digest, op->size, op->sig, &op->siglen, NULL, NULL, op->key);
}

static int sign_sig_here(void *args)
{
	struct op *op = args;

	op->signature = real_sign_sig(op->digest, op->size, NULL, NULL, op->key);
	return op->signature != NULL;
}

static int derive_here(void *args)
{
	struct op *op = args;

	return real_derive(&op->secret, &op->secret_size, op->peer, op->key);
}

static int keygen_here(void *args)
{
	struct op *op = args;

	return real_keygen(op->key);
}

static int compute(struct atls_task *task)
{
	struct ec_task *t = (struct ec_task *)task;

	return t->function(&t->op);
}

static void dispose(struct atls_task *task)
{
	struct ec_task *t = (struct ec_task *)task;

	OPENSSL_cleanse(t->copies, t->room);
	OPENSSL_clear_free(t->op.secret, t->op.secret_size);
	ECDSA_SIG_free(t->op.signature);
	EC_POINT_free((EC_POINT *)t->op.peer);
	EC_KEY_free(t->op.key);
}

static struct ec_task *task_new(const struct op *op, int (*function)(void *))
{
	size_t signature = op->sig ? (size_t)ECDSA_size(op->key) : 0;
	size_t room = (size_t)op->size + signature;
	struct ec_task *t = calloc(1, sizeof(*t) + room);

	if (!t)
		return NULL;
	t->task.compute = compute;
	t->task.dispose = dispose;
	t->function = function;
	t->room = room;
	t->op = *op;
	t->task.key = op->key;
	if (op->digest)
		t->op.digest = memcpy(t->copies, op->digest, (size_t)op->size);
	if (op->sig)
		t->op.sig = t->copies + op->size;
	EC_KEY_up_ref(op->key);
	if (op->peer && !(t->op.peer = EC_POINT_dup(op->peer, EC_KEY_get0_group(op->key)))) {
		dispose(&t->task);
		free(t);
		return NULL;
	}
	return t;
}

/* Hand over what a task has made. */
static void take_results(struct op *op, struct ec_task *t)
{
	op->siglen = t->op.siglen;
	if (op->sig)
		memcpy(op->sig, t->op.sig, t->op.siglen);
	op->secret = t->op.secret;
	op->secret_size = t->op.secret_size;
	op->signature = t->op.signature;
	t->op.secret = NULL;
	t->op.signature = NULL;
}

static int perform(enum atls_crypto crypto, struct op *op, int (*function)(void *))
{
	const EC_GROUP *group = EC_KEY_get0_group(op->key);
	struct atls_operation what = { crypto, ATLS_ALG_EC,
				       group ? (uint16_t)EC_GROUP_order_bits(group) : 0 };
	struct ec_task *t = task_new(op, function);
	int ret;

	if (atls_engine_perform(t ? &t->task : NULL, what, function, op, &ret)) {
		ret = t->task.result;
		if (ret > 0)
			take_results(op, t);
	}
	atls_engine_unref(t ? &t->task : NULL);
	return ret > 0;
}

static int sign(int type, const unsigned char *digest, int size, unsigned char *sig,
		unsigned int *siglen, const BIGNUM *kinv, const BIGNUM *r, EC_KEY *key)
{
	struct op op = { .key = key, .digest = digest, .size = size, .sig = sig };

	if (kinv || r || !sig) /* the costly part is done already, or not wanted */
		return real_sign(type, digest, size, sig, siglen, kinv, r, key);
	if (!perform(ATLS_CRYPTO_SIGN, &op, sign_here))
		return 0;
	*siglen = op.siglen;
	return 1;
}

static ECDSA_SIG *sign_sig(const unsigned char *digest, int size, const BIGNUM *kinv,
			   const BIGNUM *r, EC_KEY *key)
{
	struct op op = { .key = key, .digest = digest, .size = size };

	if (kinv || r)
		return real_sign_sig(digest, size, kinv, r, key);
	return perform(ATLS_CRYPTO_SIGN, &op, sign_sig_here) ? op.signature : NULL;
}

static int derive(unsigned char **secret, size_t *size, const EC_POINT *peer, const EC_KEY *key)
{
	struct op op = { .key = (EC_KEY *)key, .peer = peer };

	if (!perform(ATLS_CRYPTO_DERIVE, &op, derive_here))
		return 0;
	*secret = op.secret;
	*size = op.secret_size;
	return 1;
}

static int keygen(EC_KEY *key)
{
	struct op op = { .key = key };

	return perform(ATLS_CRYPTO_KEYGEN, &op, keygen_here);
}

int atls_engine_set_ec(ENGINE *e)
{
	const EC_KEY_METHOD *real = EC_KEY_OpenSSL();

	if (!method && !(method = EC_KEY_METHOD_new(real)))
		return 0;
	EC_KEY_METHOD_get_sign(real, &real_sign, &real_setup, &real_sign_sig);
	EC_KEY_METHOD_get_compute_key(real, &real_derive);
	EC_KEY_METHOD_get_keygen(real, &real_keygen);
	EC_KEY_METHOD_set_sign(method, sign, real_setup, sign_sig);
	EC_KEY_METHOD_set_compute_key(method, derive);
	EC_KEY_METHOD_set_keygen(method, keygen);
	return ENGINE_set_EC(e, method);
}

void atls_engine_free_ec(void)
{
	EC_KEY_METHOD_free(method);
	method = NULL;
}
