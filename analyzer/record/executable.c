/* SPDX-License-Identifier: Apache-2.0 */
/* Programs on PATH. */
#include "record/executable.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int executable(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return errno == EACCES ? -EACCES : -ENOENT;
	return S_ISREG(st.st_mode) && access(path, X_OK) == 0 ? 0 : -EACCES;
}

int atls_executable_find(const char *name, char *buf, size_t size)
{
	const char *path = getenv("PATH");
	int found = -ENOENT;

	if (strchr(name, '/')) {
		if ((size_t)snprintf(buf, size, "%s", name) >= size)
			return -ENOENT;
		return executable(buf);
	}
	for (path = path ? path : "/bin:/usr/bin"; *name && path;) {
		size_t length = strcspn(path, ":");
		const char *folder = length ? path : ".";

		if ((size_t)snprintf(buf, size, "%.*s/%s", (int)(length ? length : 1), folder,
				     name) < size) {
			int err = executable(buf);

			if (!err)
				return 0;
			/* As in shells, a folder that we may not enter does not count. */
			if (err == -EACCES && access(buf, F_OK) == 0)
				found = err;
		}
		path = path[length] ? path + length + 1 : NULL;
	}
	return found;
}
