/* SPDX-License-Identifier: Apache-2.0 */
/* Finds where a call would have gone without the shim. */
#include "base/binding.h"

#include <dlfcn.h>
#include <link.h>
#include <stddef.h>

#include "base/object.h"
#include "base/symbols.h"

/* Where OpenSSL is if nothing else tells, newest first. */
static const char *const libraries[] = {
	"libssl.so.4",	  "libcrypto.so.4", "libssl.so.3",
	"libcrypto.so.3", "libssl.so.1.1",  "libcrypto.so.1.1",
};

static struct link_map *map_of(const void *address)
{
	struct link_map *map = NULL;
	Dl_info info;

	return dladdr1(address, &info, (void **)&map, RTLD_DL_LINKMAP) ? map : NULL;
}

/* A library that is loaded; the program itself has no name. */
static void *handle_of(const struct link_map *map)
{
	return dlopen(*map->l_name ? map->l_name : NULL, RTLD_LAZY | RTLD_NOLOAD);
}

static void *find_in(void *handle, const char *name, const char *version)
{
	static const char here;
	void *found = version ? dlvsym(handle, name, version) : dlsym(handle, name);

	return found && atls_object_of(found) == atls_object_of(&here) ? NULL : found;
}

static void *find_below(const struct link_map *map, const char *name, const char *version)
{
	void *handle = handle_of(map), *found;

	if (!handle)
		return NULL;
	found = find_in(handle, name, version);
	dlclose(handle); /* drops our reference only */
	return found;
}

/* For a library that does not say what it needs, or code that is in none. */
static void *find_anywhere(const char *name)
{
	void *found = NULL, *handle;

	for (size_t i = 0; !found && i < sizeof(libraries) / sizeof(libraries[0]); i++) {
		handle = dlopen(libraries[i], RTLD_LAZY | RTLD_NOLOAD);
		if (!handle)
			continue;
		found = find_in(handle, name, NULL);
		dlclose(handle);
	}
	return found;
}

/*
 * What the dynamic linker binds the object's symbol to: the program's own libraries come first,
 * then those that the object needs. NULL if it has no such symbol.
 */
static void *bound(const struct link_map *map, const char *name)
{
	const char *version = NULL;
	void *found;

	if (!map || !atls_symbol_version(map, name, &version))
		return NULL;
	found = find_in(RTLD_NEXT, name, version);
	return found ? found : find_below(map, name, version);
}

/*
 * An object that calls by a pointer which it was given says nothing of what it is bound to. What it
 * needs says more than what the program has.
 */
void *atls_binding_of(const void *caller, const char *name)
{
	const struct link_map *map = map_of(caller);
	void *found = bound(map, name);

	if (!found && map)
		found = find_below(map, name, NULL);
	if (!found)
		found = find_in(RTLD_NEXT, name, NULL);
	if (!found)
		found = find_anywhere(name);
	dlerror(); /* what was not found is no news for the program */
	return found;
}

void *atls_binding_of_program(const char *name)
{
	void *found = find_in(RTLD_NEXT, name, NULL);

	dlerror();
	return found;
}

/* Take a library into the scope, and keep it loaded. */
static void include(struct atls_scope *scope, const void *function)
{
	const struct link_map *map = map_of(function);
	void *handle = map ? handle_of(map) : NULL;

	if (!handle)
		return;
	scope->maps[scope->n] = map;
	scope->handles[scope->n++] = handle;
	if (*map->l_name && (handle = dlopen(map->l_name, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE)))
		dlclose(handle);
}

/* The function lies in libssl or in libcrypto; of libcrypto, a libssl uses one. */
bool atls_scope_open(struct atls_scope *scope, const char *name, void *function)
{
	const void *crypto = bound(map_of(function), "OPENSSL_init_crypto");

	*scope = (struct atls_scope){ .global = find_in(RTLD_NEXT, name, NULL) == function };
	if (crypto && atls_object_of(crypto) != atls_object_of(function))
		include(scope, crypto);
	include(scope, function);
	return scope->n;
}

void *atls_scope_find(const struct atls_scope *scope, const char *name)
{
	const char *version;
	void *found = NULL;

	for (size_t i = 0; !found && i < scope->n; i++) {
		version = NULL;
		if (!atls_symbol_version(scope->maps[i], name, &version))
			continue;
		if (scope->global)
			found = find_in(RTLD_NEXT, name, version);
		if (!found)
			found = find_in(scope->handles[i], name, version);
	}
	return found;
}

void atls_scope_close(struct atls_scope *scope)
{
	for (size_t i = 0; i < scope->n; i++)
		dlclose(scope->handles[i]);
	dlerror();
}
