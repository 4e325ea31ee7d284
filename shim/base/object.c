/* SPDX-License-Identifier: Apache-2.0 */
/* Whose code is this. */
#include "base/object.h"

#include <dlfcn.h>
#include <stddef.h>

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
