/* SPDX-License-Identifier: Apache-2.0 */
/* RSA: signing (PKCS#1, PSS) and decrypting, both by way of OpenSSL's own private-key functions. */
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "front/engine/engine.h"

static RSA_METHOD *method;

typedef int rsa_function(int flen, const unsigned char *from, unsigned char *to, RSA *rsa,
			 int padding);

/* The arguments of one call. */
struct call {
	rsa_function *function;
	int flen;
	const unsigned char *from;
	unsigned char *to;
	RSA *rsa;
	int padding;
};

struct rsa_task {
	struct atls_task task;
	struct call call; /* of a referenced key, and of copies */
	size_t room;
	unsigned char copies[]; /* in, then out */
};

static int call_here(void *args)
{
	struct call *c = args;

	return c->function(c->flen, c->from, c->to, c->rsa, c->padding);
}

static int compute(struct atls_task *task)
{
	return call_here(&((struct rsa_task *)task)->call);
}

static void dispose(struct atls_task *task)
{
	struct rsa_task *t = (struct rsa_task *)task;

	OPENSSL_cleanse(t->copies, t->room);
	RSA_free(t->call.rsa);
}

static struct rsa_task *task_new(const struct call *c)
{
	size_t room = (size_t)c->flen + (size_t)RSA_size(c->rsa);
	struct rsa_task *t = calloc(1, sizeof(*t) + room);

	if (!t)
		return NULL;
	t->task.compute = compute;
	t->task.dispose = dispose;
	t->room = room;
	t->call = *c;
	t->task.key = c->rsa;
	t->call.from = memcpy(t->copies, c->from, (size_t)c->flen);
	t->call.to = t->copies + c->flen;
	RSA_up_ref(c->rsa);
	return t;
}

static int perform(enum atls_crypto crypto, struct call *c)
{
	struct atls_operation what = { crypto, ATLS_ALG_RSA, (uint16_t)RSA_bits(c->rsa) };
	struct rsa_task *t = task_new(c);
	int ret;

	if (atls_engine_perform(t ? &t->task : NULL, what, call_here, c, &ret)) {
		ret = t->task.result;
		if (ret > 0)
			memcpy(c->to, t->call.to, (size_t)ret);
	}
	atls_engine_unref(t ? &t->task : NULL);
	return ret > 0 ? ret : -1;
}

static int priv_enc(int flen, const unsigned char *from, unsigned char *to, RSA *rsa, int padding)
{
	struct call c = {
		RSA_meth_get_priv_enc(RSA_PKCS1_OpenSSL()), flen, from, to, rsa, padding
	};

	return perform(ATLS_CRYPTO_SIGN, &c);
}

/* A message may be empty, so 0 is a length, too. */
static int decrypt(int flen, const unsigned char *from, unsigned char *to, RSA *rsa, int padding)
{
	int n = RSA_meth_get_priv_dec(RSA_PKCS1_OpenSSL())(flen, from, to, rsa, padding);

	return n < 0 ? n : n + 1;
}

static int priv_dec(int flen, const unsigned char *from, unsigned char *to, RSA *rsa, int padding)
{
	struct call c = { decrypt, flen, from, to, rsa, padding };
	int n = perform(ATLS_CRYPTO_DECRYPT, &c);

	return n > 0 ? n - 1 : -1;
}

int atls_engine_set_rsa(ENGINE *e)
{
	if (!method)
		method = RSA_meth_dup(RSA_PKCS1_OpenSSL());
	return method && RSA_meth_set1_name(method, "asynctls") &&
	       RSA_meth_set_priv_enc(method, priv_enc) && RSA_meth_set_priv_dec(method, priv_dec) &&
	       ENGINE_set_RSA(e, method);
}

void atls_engine_free_rsa(void)
{
	RSA_meth_free(method);
	method = NULL;
}
