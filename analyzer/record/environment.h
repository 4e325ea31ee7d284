/* SPDX-License-Identifier: Apache-2.0 */
/* A change to a process's environment. */
#pragma once

#include <stdlib.h>

struct atls_variable {
	const char *name;
	const char *value; /* NULL: not set */
};

/* Make the changes in the calling process; like setenv, not for processes with threads. */
static inline int atls_environment_change(const struct atls_variable *variables, int n)
{
	for (int i = 0; i < n; i++)
		if (variables[i].value ? setenv(variables[i].name, variables[i].value, 1)
				       : unsetenv(variables[i].name))
			return -1;
	return 0;
}
