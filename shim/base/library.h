/* SPDX-License-Identifier: Apache-2.0 */
/* The library that this code is linked into: the preloaded shim, or the ENGINE for use alone. */
#pragma once

#include <stdbool.h>

#define EXPORT __attribute__((visibility("default")))

/*
 * True in the preloaded shim, whose wrappers see what the program does (wrap/evp.c); false in the
 * ENGINE alone (front/engine/engine.c). Constant.
 */
extern const bool atls_preloaded;
