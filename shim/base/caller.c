/* SPDX-License-Identifier: Apache-2.0 */
/* The objects that call OpenSSL. */
#include "base/caller.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/binding.h"

uintptr_t atls_known_pages[2][1 << ATLS_PAGES_BITS];

/* Never freed: there are few, and an object's place may be used again. */
struct object {
	struct object *next; /* constant */
	const void *start;   /* constant */
	_Atomic(void *) functions[ATLS_OPENSSL_COUNT];
};

static _Atomic(struct object *) objects;

static struct object *find(const void *start)
{
	struct object *o = atomic_load(&objects);

	while (o && o->start != start)
		o = o->next;
	return o;
}

/* Two threads may add the same object at a time; one of the two is never found then. */
static struct object *add(const void *start)
{
	struct object *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->start = start;
	o->next = atomic_load(&objects);
	while (!atomic_compare_exchange_weak(&objects, &o->next, o))
		;
	return o;
}

static void forget_pages(void)
{
	uintptr_t *page = &atls_known_pages[0][0];

	for (size_t i = 0; i < sizeof(atls_known_pages) / sizeof(*page); i++)
		__atomic_store_n(&page[i], 0, __ATOMIC_RELEASE);
}

void *atls_caller_calls(const void *caller, enum atls_real_number number)
{
	const void *start = atls_object_of(caller);
	struct object *o = start ? find(start) : NULL;
	void *function = o ? atomic_load(&o->functions[number]) : NULL;
	int saved = errno;

	if (!function) {
		function = atls_binding_of(caller, atls_real_name(number));
		if (start && (o || (o = add(start))))
			atomic_store(&o->functions[number], function);
	}
	errno = saved;
	return function;
}

void atls_caller_renew(const void *caller, enum atls_real_number number)
{
	const void *start = atls_object_of(caller);
	struct object *o = start ? find(start) : NULL;
	int saved = errno;
	void *function;

	if (!o)
		return;
	function = atls_binding_of(caller, atls_real_name(number));
	if (function != atomic_exchange(&o->functions[number], function)) {
		for (size_t i = 0; i < ATLS_OPENSSL_COUNT; i++)
			if (i != number)
				atomic_store(&o->functions[i], NULL);
		forget_pages();
	}
	errno = saved;
}

/* A function that is not loaded lies in no object, and neither does anything else there. */
static bool beside(const void *address, uintptr_t function)
{
	return function && atls_object_of(address) == atls_object_of((const void *)function);
}

bool atls_caller_is_libssl(const void *caller)
{
	return beside(caller, (uintptr_t)REAL(SSL_new));
}

bool atls_caller_is_libcrypto(const void *caller)
{
	return beside(caller, (uintptr_t)REAL(ASYNC_start_job));
}
