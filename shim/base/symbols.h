/* SPDX-License-Identifier: Apache-2.0 */
/* An object's dynamic symbols: which of them it refers to or defines, in which version. */
#pragma once

#include <link.h>
#include <stdbool.h>

/*
 * True if the object has a symbol of that name; *version is then the version of it, in the object's
 * own memory, or NULL if the symbol has none. Any thread, no lock; the object must stay loaded.
 */
bool atls_symbol_version(const struct link_map *object, const char *name, const char **version);
