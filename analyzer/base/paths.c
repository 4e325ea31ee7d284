/* SPDX-License-Identifier: Apache-2.0 */
/* Where the parts of asynctls lie. */
#include "base/paths.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* True if this very program is the one in the build tree. */
static bool uninstalled(void)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n < 0)
		return false;
	exe[n] = '\0';
	return !strcmp(exe, ATLS_BUILD_DIR "/asynctls");
}

static int existing(char *buf, size_t size, const char *path)
{
	if ((size_t)snprintf(buf, size, "%s", path) >= size)
		return -ENAMETOOLONG;
	return access(buf, R_OK) ? -ENOENT : 0;
}

int atls_path_shim(char *buf, size_t size)
{
	return existing(buf, size,
			uninstalled() ? ATLS_BUILD_DIR "/shim/libasynctls-shim.so"
				      : ATLS_LIB_DIR "/libasynctls-shim.so");
}

int atls_path_dashboards(char *buf, size_t size)
{
	return existing(buf, size,
			uninstalled() ? ATLS_SOURCE_DIR "/dashboards"
				      : ATLS_DATA_DIR "/dashboards");
}
