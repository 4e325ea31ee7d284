/* SPDX-License-Identifier: Apache-2.0 */
/* Directories with all below them: removed, handed over, measured. */
#include "record/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What to do with an entry of the open directory parent. Returns 0 or -errno. */
typedef int entry_fn(int parent, const char *name);

/* Do it with all entries of the directory fd, which is closed. Returns 0, or the last error. */
static int each_entry(int fd, entry_fn *take)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;
	int ret = 0;

	if (!dir) {
		ret = -errno;
		close(fd);
		return ret;
	}
	while ((entry = readdir(dir))) {
		int err = 0;

		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			err = take(fd, entry->d_name);
		ret = err ? err : ret;
	}
	closedir(dir);
	return ret;
}

/*
 * Each step goes down by a name in an open directory, and never through a link: whoever exchanges
 * a name meanwhile does not lead us elsewhere.
 */
static int open_entry(int parent, const char *name, int flags)
{
	return openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags);
}

static int remove_entry(int parent, const char *name)
{
	int fd = open_entry(parent, name, O_DIRECTORY);
	int flags = fd < 0 ? 0 : AT_REMOVEDIR;
	int ret = fd < 0 ? 0 : each_entry(fd, remove_entry);

	if (unlinkat(parent, name, flags) && errno != ENOENT)
		return -errno;
	return ret;
}

int atls_directory_remove(const char *path)
{
	return remove_entry(AT_FDCWD, path);
}

/* A file that has a second name may be another one's. */
static int own_fd(int fd)
{
	struct stat st;
	bool directory;

	if (fstat(fd, &st))
		return -errno;
	directory = S_ISDIR(st.st_mode);
	if (!directory && (!S_ISREG(st.st_mode) || st.st_nlink != 1))
		return 0;
	if (st.st_uid != geteuid() && fchown(fd, geteuid(), getegid()))
		return -errno;
	return fchmod(fd, directory ? 0700 : 0600) ? -errno : 0;
}

static int own_entry(int parent, const char *name)
{
	int fd = open_entry(parent, name, 0), ret, err;
	struct stat st;

	if (fd < 0)
		return errno == ELOOP ? 0 : -errno; /* a link stays as it is */
	ret = own_fd(fd);
	if (fstat(fd, &st) || !S_ISDIR(st.st_mode)) {
		close(fd);
		return ret;
	}
	err = each_entry(fd, own_entry);
	return ret ? ret : err;
}

int atls_directory_own(const char *path)
{
	return own_entry(AT_FDCWD, path);
}

/* nftw gives its callbacks no data of the caller's: a file-local variable holds them. */
#define OPEN_DIRECTORIES 16

static uint64_t size_sum;

static int add_size(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	if (type == FTW_F)
		size_sum += st->st_size;
	return 0;
}

uint64_t atls_directory_size(const char *path)
{
	size_sum = 0;
	nftw(path, add_size, OPEN_DIRECTORIES, FTW_PHYS);
	return size_sum;
}
