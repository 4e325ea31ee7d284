/* SPDX-License-Identifier: Apache-2.0 */
/* Whose code is this. */
#include "base/object.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

#include "base/real.h"

#ifdef DLFO_STRUCT_HAS_EH_DBASE /* the header knows _dl_find_object; the libc in use may not */
extern __typeof__(_dl_find_object) _dl_find_object __attribute__((weak));

static const void *find(const void *address)
{
	struct dl_find_object found;

	return _dl_find_object && !_dl_find_object((void *)address, &found) ? found.dlfo_map_start
									    : NULL;
}
#else
static const void *find(const void *address)
{
	return NULL;
}
#endif

const void *atls_object_of(const void *address)
{
	const void *start = find(address);
	Dl_info info;

	if (start)
		return start;
	return dladdr(address, &info) ? info.dli_fbase : NULL;
}

/* A function that is not loaded lies in no object, and neither does anything else there. */
static bool beside(const void *address, uintptr_t function)
{
	return function && atls_object_of(address) == atls_object_of((const void *)function);
}

bool atls_in_libssl(const void *address)
{
	return beside(address, (uintptr_t)REAL(SSL_new));
}

bool atls_in_libcrypto(const void *address)
{
	return beside(address, (uintptr_t)REAL(ASYNC_start_job));
}
