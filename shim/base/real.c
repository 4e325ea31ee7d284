/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the functions behind the wrappers. */
#include "base/real.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "base/binding.h"
#include "base/object.h"

struct atls_real atls_real;

static const char *const names[] = {
#define X(name) #name,
	ATLS_OPENSSL_FUNCTIONS(X)
#undef X
};

const char *atls_real_name(enum atls_real_number number)
{
	return names[number];
}

/* Names of before OpenSSL 3.0. */
static const struct {
	const char *name, *former;
} renamed[] = {
	{ "EVP_MD_CTX_get_pkey_ctx", "EVP_MD_CTX_pkey_ctx" },
	{ "EVP_PKEY_get_base_id", "EVP_PKEY_base_id" },
	{ "EVP_PKEY_get_bits", "EVP_PKEY_bits" },
};

static void *lookup(const struct atls_scope *scope, const char *name)
{
	void *found = atls_scope_find(scope, name);

	for (size_t i = 0; !found && i < sizeof(renamed) / sizeof(renamed[0]); i++)
		if (!strcmp(name, renamed[i].name))
			found = atls_scope_find(scope, renamed[i].former);
	return found;
}

void atls_real_resolve_libc(void)
{
#define X(name) atls_real.name = (__typeof__(&name))dlsym(RTLD_NEXT, #name);
	ATLS_LIBC_FUNCTIONS(X)
#undef X
}

static void fill(const struct atls_scope *scope)
{
#define X(name)              \
	if (!atls_real.name) \
		atls_real.name = (__typeof__(&name))lookup(scope, #name);
	ATLS_OPENSSL_FUNCTIONS(X)
#undef X
}

/* libssl may come later than libcrypto, and must then be the one that stands on it. */
static bool is_the_same(const struct atls_scope *scope)
{
	return !atls_real.ASYNC_start_job ||
	       atls_scope_find(scope, "ASYNC_start_job") == (void *)atls_real.ASYNC_start_job;
}

bool atls_real_resolve_openssl(enum atls_real_number number, void *function)
{
	struct atls_scope scope;
	bool same;

	if (!atls_scope_open(&scope, names[number], function))
		return false;
	same = is_the_same(&scope);
	if (same)
		fill(&scope);
	atls_scope_close(&scope);
	return same;
}

/* Another preloaded library may stand in between for one function or for all. */
bool atls_real_has(enum atls_real_number number, const void *function)
{
	const void *known = ((void *const *)&atls_real)[number];

	return known && (function == known || atls_object_of(function) == atls_object_of(known));
}
