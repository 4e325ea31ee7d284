/* SPDX-License-Identifier: Apache-2.0 */
/* Directory trees: removed, or handed over to the caller. */
#include "record/tree.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPEN_DIRECTORIES 16

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path) && errno != ENOENT ? errno : 0;
}

int atls_tree_remove(const char *path)
{
	int err = nftw(path, remove_one, OPEN_DIRECTORIES, FTW_DEPTH | FTW_PHYS);

	return err < 0 ? -errno : -err;
}

static int take_errno;

static int take_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	if (type == FTW_SL)
		return 0;
	if (st->st_uid != geteuid() && lchown(path, geteuid(), getegid()))
		take_errno = errno;
	if (chmod(path, S_ISDIR(st->st_mode) ? 0700 : 0600))
		take_errno = errno;
	return 0;
}

int atls_tree_take(const char *path)
{
	take_errno = 0;
	if (nftw(path, take_one, OPEN_DIRECTORIES, FTW_PHYS) < 0)
		return -errno;
	return -take_errno;
}
