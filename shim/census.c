/* SPDX-License-Identifier: Apache-2.0 */
/* Tells the recorder that this process is there. */
#include "census.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char file[108];

static const uint32_t never;
const volatile uint32_t *atls_census_epoch = &never;

/* System calls, since our own wrappers may not be ready. O_APPEND: a line is never torn. */
static void tell(const char *what, bool recorded)
{
	int saved = errno, n;
	char line[64], name[16] = "";
	long fd;

	if (!*file)
		return;
	fd = syscall(SYS_openat, AT_FDCWD, file,
		     O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd >= 0) {
		prctl(PR_GET_NAME, name);
		n = snprintf(line, sizeof(line), "%s %d %d %s\n", what, (int)getpid(), recorded,
			     name);
		syscall(SYS_write, fd, line, n);
		syscall(SYS_close, fd);
	}
	errno = saved;
}

void atls_census_loaded(const char *path)
{
	size_t n = path ? strlen(path) : 0;

	if (!n || n >= sizeof(file))
		return;
	memcpy(file, path, n + 1);
	tell("loaded", false);
}

void atls_census_tls(bool recorded)
{
	tell("tls", recorded);
}

void atls_census_find_epoch(const char *home)
{
	int saved = errno;
	char path[108];
	struct stat st;
	void *page;
	long fd;

	if (home && (size_t)snprintf(path, sizeof(path), "%s.epoch", home) < sizeof(path) &&
	    (fd = syscall(SYS_openat, AT_FDCWD, path,
			  O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)) >= 0) {
		if (!fstat(fd, &st) && S_ISREG(st.st_mode) &&
		    st.st_size >= (off_t)sizeof(uint32_t)) {
			page = mmap(NULL, sizeof(uint32_t), PROT_READ, MAP_SHARED, fd, 0);
			if (page != MAP_FAILED)
				atls_census_epoch = page;
		}
		syscall(SYS_close, fd);
	}
	errno = saved;
}
