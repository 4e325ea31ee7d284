/* SPDX-License-Identifier: Apache-2.0 */
/* Directories with all below them: removed, handed over, measured. */
#include "record/directory.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* nftw gives its callbacks no data of the caller's: file-local variables hold them. */
#define OPEN_DIRECTORIES 16

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path) && errno != ENOENT ? errno : 0;
}

int atls_directory_remove(const char *path)
{
	int err = nftw(path, remove_one, OPEN_DIRECTORIES, FTW_DEPTH | FTW_PHYS);

	return err < 0 ? -errno : -err;
}

static int own_errno;

static int own_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	if (type == FTW_SL)
		return 0;
	if (st->st_uid != geteuid() && lchown(path, geteuid(), getegid()))
		own_errno = errno;
	if (chmod(path, S_ISDIR(st->st_mode) ? 0700 : 0600))
		own_errno = errno;
	return 0;
}

int atls_directory_own(const char *path)
{
	own_errno = 0;
	if (nftw(path, own_one, OPEN_DIRECTORIES, FTW_PHYS) < 0)
		return -errno;
	return -own_errno;
}

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
