/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Callbacks of wait contexts, seen when they fire. What a program sets is kept by OpenSSL as it is;
 * only an engine that asks for it, in order to call it, is handed a pair of ours that calls the
 * program's.
 */
#pragma once

#include <openssl/async.h>
#include <stdint.h>

/*
 * Replace callback and its argument by a pair that emits callback_fire and calls them. That pair
 * stays valid for ever and is always the same for the same callback and argument. Out of memory:
 * left alone.
 */
void atls_callback_wrap(ASYNC_callback_fn *callback, void **arg, uint32_t wctx);
/* The reverse; leaves alone what is not of ours. */
void atls_callback_unwrap(ASYNC_callback_fn *callback, void **arg);
