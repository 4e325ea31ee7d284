/* SPDX-License-Identifier: Apache-2.0 */
/* The paths of named sessions. */
#include "record/session-paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

static bool name_is_fit(const char *name)
{
	return *name && strlen(name) < sizeof(((struct atls_session_paths *)NULL)->name) &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
		       strlen(name);
}

static void find_base(char *buf, size_t size)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	if (geteuid() == 0)
		snprintf(buf, size, "/run/asynctls");
	else if (!runtime || *runtime != '/' ||
		 (size_t)snprintf(buf, size, "%s/asynctls", runtime) >= size)
		snprintf(buf, size, "/tmp/asynctls-%u", (unsigned int)geteuid());
}

int atls_session_paths_init(struct atls_session_paths *p, const char *name)
{
	if (!name)
		name = ATLS_SESSION_DEFAULT;
	if (!name_is_fit(name)) {
		atls_error(
			"'%s' cannot be the name of a session: up to 23 letters, digits, '_' or '-'",
			name);
		return -EINVAL;
	}
	strcpy(p->name, name);
	find_base(p->base, sizeof(p->base));
	snprintf(p->home, sizeof(p->home), "%s/%s", p->base, p->name);
	snprintf(p->socket, sizeof(p->socket), "%s/%s.ctl", p->base, p->name);
	snprintf(p->saved_log, sizeof(p->saved_log), "%s/%s.last", p->base, p->name);
	snprintf(p->epoch, sizeof(p->epoch), "%s/%s.epoch", p->base, p->name);
	return 0;
}

/* Below /tmp another user may have made it first. */
static int make(const char *path)
{
	struct stat st;

	if (mkdir(path, 0711) && errno != EEXIST) {
		atls_error("%s: %s", path, strerror(errno));
		return -errno;
	}
	if (lstat(path, &st) || !S_ISDIR(st.st_mode) || st.st_mode & 022) {
		atls_error(
			"%s: in the way; it must be a directory that only its owner may write to",
			path);
		return -EEXIST;
	}
	return 0;
}

/* Never replaced, as servers have it mapped. */
static int open_epoch(const struct atls_session_paths *p)
{
	int fd = open(p->epoch, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	struct stat st;

	if (fd >= 0 && (fchmod(fd, 0644) || fstat(fd, &st) ||
			(st.st_size < (off_t)sizeof(uint32_t) && ftruncate(fd, sizeof(uint32_t)))))
		atls_warn("%s: %s", p->epoch, strerror(errno));
	return fd;
}

int atls_session_paths_create(const struct atls_session_paths *p)
{
	struct stat st;
	int err = make(p->base);

	if (err)
		return err;
	if (stat(p->base, &st) || st.st_uid != geteuid()) {
		atls_error("%s: belongs to another user", p->base);
		return -EPERM;
	}
	/* Traced processes of any user pass through to the daemon's socket. */
	chmod(p->base, 0711);
	err = make(p->home);
	if (err)
		return err;
	chmod(p->home, 0711);
	close(open_epoch(p));
	return 0;
}

void atls_session_paths_raise_epoch(const struct atls_session_paths *p)
{
	int fd = open_epoch(p);
	uint32_t *epoch =
		fd < 0 ? MAP_FAILED
		       : mmap(NULL, sizeof(*epoch), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (epoch != MAP_FAILED) {
		__atomic_add_fetch(epoch, 1, __ATOMIC_SEQ_CST);
		munmap(epoch, sizeof(*epoch));
	}
	close(fd);
}
