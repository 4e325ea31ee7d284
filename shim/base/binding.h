/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a call would have gone without the shim. A process may have more than one OpenSSL (Python's
 * and a wheel's own); the dynamic linker binds each object to one of them by the order of its
 * libraries and by the versions of the symbols, and so does this.
 */
#pragma once

#include <link.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * The function of that name which the object that caller lies in would call; NULL if there is none.
 * Takes the dynamic linker's lock, so nothing may be held. Any thread.
 */
void *atls_binding_of(const void *caller, const char *name);

/* The same for the program and its libraries together. */
void *atls_binding_of_program(const char *name);

/* Libraries that belong together: a libssl and the libcrypto that it uses, or one of both. */
struct atls_scope {
	bool global; /* they are the program's own, where a preloaded library may precede them */
	size_t n;
	const struct link_map *maps[2];
	void *handles[2];
};

/* That of function, whose name is name. False if it lies in no library. */
bool atls_scope_open(struct atls_scope *scope, const char *name, void *function);
void *atls_scope_find(const struct atls_scope *scope, const char *name);
/* The libraries stay loaded for ever, since what was found in them is remembered. */
void atls_scope_close(struct atls_scope *scope);
