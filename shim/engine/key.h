/* SPDX-License-Identifier: Apache-2.0 */
/* What an operation's key is: of which kind, and whose. */
#pragma once

#include <openssl/evp.h>
#include <stdbool.h>

#include "engine/operation.h"

/* Who has to compute with a key. */
enum atls_key_place {
	ATLS_KEY_MOVES, /* any thread can, a worker as well */
	ATLS_KEY_STAYS, /* the calling thread: see *reason */
	ATLS_KEY_NONE,	/* nothing of interest: a MAC's key, or a derivation without one */
};

/*
 * Where the operation that ctx (may be NULL) is set up for may be done; says in *what, whose crypto
 * is set, what its key is. It stays where the code that computes is not OpenSSL's own (another
 * provider, an ENGINE, a method of the program's: unless the specification says keys=all), as that
 * may be meant for one thread; and where the library context is not the default one: a thread that
 * has used such a one keeps state of it, which must not outlive it.
 */
enum atls_key_place atls_key_place(EVP_PKEY_CTX *ctx, struct atls_operation *what,
				   enum atls_reason *reason);

/*
 * Count an operation with a key, which NULL stands for if it is not known. True if it is among the
 * key's first ones. A key at the address of a former one may pass for that. Any thread.
 */
bool atls_key_is_fresh(const void *key);

/* Whether this thread's library context is the process's default one. */
bool atls_key_default_context(void);
