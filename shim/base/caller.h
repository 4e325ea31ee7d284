/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who calls OpenSSL: the program and its libraries, each bound to one OpenSSL (base/binding.h).
 * Only one OpenSSL of a process is traced; calls of the others go straight to their own functions.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/object.h"
#include "base/real.h"

/*
 * Pages of code that are known to call the traced OpenSSL when it is ready, by a hash of their
 * number: so that the usual call costs a load and a branch. Kept for libcrypto's and libssl's
 * functions apart, as the one may be ready before the other.
 */
#define ATLS_PAGE_BITS 12
#define ATLS_PAGES_BITS 9
extern uintptr_t atls_known_pages[2][1 << ATLS_PAGES_BITS];

static inline uintptr_t *atls_known_page(const void *caller, bool ssl)
{
	uint64_t page = (uintptr_t)caller >> ATLS_PAGE_BITS;

	return &atls_known_pages[ssl][page & ((1 << ATLS_PAGES_BITS) - 1)];
}

static inline bool atls_caller_is_known(const void *caller, bool ssl)
{
	return __atomic_load_n(atls_known_page(caller, ssl), __ATOMIC_ACQUIRE) ==
	       (uintptr_t)caller >> ATLS_PAGE_BITS;
}

/* Remember that caller's object calls the traced OpenSSL. */
static inline void atls_caller_know(const void *caller, bool ssl)
{
	__atomic_store_n(atls_known_page(caller, ssl), (uintptr_t)caller >> ATLS_PAGE_BITS,
			 __ATOMIC_RELEASE);
}

/*
 * What caller's object would call without the shim by that
 * number. NULL if that cannot be told. Looked up once for each object, which takes the
 * dynamic linker's lock: nothing may be held. Any thread; keeps errno.
 */
void *atls_caller_calls(const void *caller, enum atls_real_number number);

/*
 * Look it up once more: another library may lie where one was unloaded. For calls that are rare,
 * and that every user of an OpenSSL begins with.
 */
void atls_caller_renew(const void *caller, enum atls_real_number number);

/* Whether caller lies in the libssl, or in the libcrypto, that is traced. */
bool atls_caller_is_libssl(const void *caller);
bool atls_caller_is_libcrypto(const void *caller);
