/* SPDX-License-Identifier: Apache-2.0 */
/* X25519 and X448: key exchange, by way of OpenSSL's own functions. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "front/engine/engine.h"

#define MAX_SECRET 56

static const int nids[] = { NID_X25519, NID_X448 };

/* Made once and never freed: the table of the engine's methods frees them. */
static EVP_PKEY_METHOD *methods[2];

typedef int derive_function(EVP_PKEY_CTX *ctx, unsigned char *key, size_t *size);

static derive_function *real_derive[2];

/* The context is lent by the waiting fibre, and holds references to both keys. */
struct ecx_task {
	struct atls_task task;
	derive_function *function;
	EVP_PKEY_CTX *ctx;
	unsigned char *key;
	size_t size;
	unsigned char secret[MAX_SECRET];
};

static int call_here(void *args)
{
	struct ecx_task *t = args;

	return t->function(t->ctx, t->key, &t->size);
}

static int compute(struct atls_task *task)
{
	return call_here(task);
}

static void dispose(struct atls_task *task)
{
	struct ecx_task *t = (struct ecx_task *)task;

	OPENSSL_cleanse(t->secret, sizeof(t->secret));
}

static struct ecx_task *task_new(const struct ecx_task *call)
{
	struct ecx_task *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	*t = *call;
	t->task.compute = compute;
	t->task.dispose = dispose;
	t->key = t->secret;
	t->size = sizeof(t->secret);
	return t;
}

static int perform(int which, EVP_PKEY_CTX *ctx, unsigned char *key, size_t *size)
{
	struct ecx_task here = {
		.function = real_derive[which], .ctx = ctx, .key = key, .size = *size
	};
	struct atls_operation what = { ATLS_CRYPTO_DERIVE, which ? ATLS_ALG_X448 : ATLS_ALG_X25519,
				       which ? 448 : 253 };
	struct ecx_task *t;
	int ret;

	if (!key)
		return real_derive[which](ctx, key, size);
	t = task_new(&here);
	if (atls_engine_perform(t ? &t->task : NULL, what, call_here, &here, &ret)) {
		ret = t->task.result > 0 && t->size <= *size;
		if (ret)
			memcpy(key, t->secret, t->size);
		here.size = t->size;
	}
	if (ret > 0)
		*size = here.size;
	atls_engine_unref(t ? &t->task : NULL);
	return ret;
}

static int derive_x25519(EVP_PKEY_CTX *ctx, unsigned char *key, size_t *size)
{
	return perform(0, ctx, key, size);
}

static int derive_x448(EVP_PKEY_CTX *ctx, unsigned char *key, size_t *size)
{
	return perform(1, ctx, key, size);
}

/* libssl makes "parameters" of a group for the peer's key; OpenSSL's own method knows none. */
static int paramgen_init(EVP_PKEY_CTX *ctx)
{
	return 1;
}

static int paramgen_x25519(EVP_PKEY_CTX *ctx, EVP_PKEY *pkey)
{
	return EVP_PKEY_set_type(pkey, NID_X25519);
}

static int paramgen_x448(EVP_PKEY_CTX *ctx, EVP_PKEY *pkey)
{
	return EVP_PKEY_set_type(pkey, NID_X448);
}

static int prepare(int which, derive_function *ours)
{
	const EVP_PKEY_METHOD *real = EVP_PKEY_meth_find(nids[which]);
	int (*init)(EVP_PKEY_CTX * ctx);
	int flags;

	if (methods[which] || !real)
		return real != NULL;
	EVP_PKEY_meth_get0_info(NULL, &flags, real);
	methods[which] = EVP_PKEY_meth_new(nids[which], flags);
	if (!methods[which])
		return 0;
	EVP_PKEY_meth_copy(methods[which], real);
	EVP_PKEY_meth_get_derive(real, &init, &real_derive[which]);
	EVP_PKEY_meth_set_derive(methods[which], init, ours);
	EVP_PKEY_meth_set_paramgen(methods[which], paramgen_init,
				   which ? paramgen_x448 : paramgen_x25519);
	return 1;
}

/*
 * None unless the specification asks for derivations by then: a default ENGINE's method makes
 * OpenSSL use keys of before 3.0 for these curves, which the hybrid groups of 3.5 (X25519MLKEM768)
 * cannot read.
 */
static int give(ENGINE *e, EVP_PKEY_METHOD **method, const int **list, int nid)
{
	if (!method) {
		*list = nids;
		return atls_engine_asked_for(ATLS_CRYPTO_DERIVE) ? 2 : 0;
	}
	for (int i = 0; i < 2; i++)
		if (nids[i] == nid) {
			*method = methods[i];
			return 1;
		}
	*method = NULL;
	return 0;
}

int atls_engine_set_ecx(ENGINE *e)
{
	return prepare(0, derive_x25519) && prepare(1, derive_x448) &&
	       ENGINE_set_pkey_meths(e, give);
}
