/* SPDX-License-Identifier: Apache-2.0 */
/* Whose code is this: the loaded object (program or library) that an address lies in. */
#pragma once

/* The caller of the wrapper that this stands in. */
#define ATLS_CALLER() __builtin_extract_return_addr(__builtin_return_address(0))

/*
 * Something that names the object which address lies in; NULL if none does. Any thread, no lock on
 * glibc 2.35.
 */
const void *atls_object_of(const void *address);
