/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the functions behind the wrappers. */
#include "base/real.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

struct atls_real atls_real;

/*
 * The objects that may hold OpenSSL, newest first. RTLD_NEXT finds them when the program links to
 * them; a module that was opened RTLD_LOCAL (Python's ssl) is reached by handle only.
 */
static const char *const libraries[] = {
	"libssl.so.4",	  "libcrypto.so.4", "libssl.so.3",
	"libcrypto.so.3", "libssl.so.1.1",  "libcrypto.so.1.1",
};

/* Names of before OpenSSL 3.0. */
static const struct {
	const char *name, *former;
} renamed[] = {
	{ "EVP_MD_CTX_get_pkey_ctx", "EVP_MD_CTX_pkey_ctx" },
	{ "EVP_PKEY_get_base_id", "EVP_PKEY_base_id" },
	{ "EVP_PKEY_get_bits", "EVP_PKEY_bits" },
};

static void *find(const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	for (size_t i = 0; !found && i < sizeof(libraries) / sizeof(libraries[0]); i++) {
		void *handle = dlopen(libraries[i], RTLD_LAZY | RTLD_NOLOAD);

		if (!handle)
			continue;
		found = dlsym(handle, name);
		dlclose(handle); /* drops our reference only */
	}
	return found;
}

static void *lookup(const char *name)
{
	void *found = find(name);

	for (size_t i = 0; !found && i < sizeof(renamed) / sizeof(renamed[0]); i++)
		if (!strcmp(name, renamed[i].name))
			found = find(renamed[i].former);
	return found;
}

void atls_real_resolve_libc(void)
{
#define X(name) atls_real.name = (__typeof__(&name))dlsym(RTLD_NEXT, #name);
	ATLS_LIBC_FUNCTIONS(X)
#undef X
}

void atls_real_resolve_openssl(void)
{
#define X(name)              \
	if (!atls_real.name) \
		atls_real.name = (__typeof__(&name))lookup(#name);
	ATLS_OPENSSL_FUNCTIONS(X)
#undef X
}
