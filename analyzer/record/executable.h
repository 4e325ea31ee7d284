/* SPDX-License-Identifier: Apache-2.0 */
/* Programs on PATH. */
#pragma once

#include <stddef.h>

/*
 * The file that execvp would run for name, in buf. Returns 0, -ENOENT if there is none, or -EACCES
 * if there is one that may not be executed.
 */
int atls_executable_find(const char *name, char *buf, size_t size);
