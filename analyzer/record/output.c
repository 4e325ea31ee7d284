/* SPDX-License-Identifier: Apache-2.0 */
/* The output directory. */
#include "record/output.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/log.h"
#include "record/directory.h"

#define SPACE_LEAST (1 << 20)

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/*
 * In a directory that anybody may write to, such as /tmp, a stranger may have put something in our
 * way. Where the directory is somebody's, that one's recordings are as good as ours.
 */
static bool is_owned(const char *dir, const struct stat *st)
{
	char path[PATH_MAX];
	struct stat parent;

	snprintf(path, sizeof(path), "%s/..", dir);
	return st->st_uid == geteuid() || (!stat(path, &parent) && st->st_uid == parent.st_uid);
}

/* An earlier recording, or an empty directory: what may be moved or, as DIR.old, removed. */
static bool ours(const char *dir)
{
	bool empty = true, recording = false;
	struct dirent *entry;
	struct stat st;
	DIR *d;

	if (lstat(dir, &st) || !S_ISDIR(st.st_mode) || !is_owned(dir, &st))
		return false;
	d = opendir(dir);
	while (d && (entry = readdir(d))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		empty = false;
		if (!strcmp(entry->d_name, "ctf") || !strcmp(entry->d_name, "meta.json"))
			recording = true;
	}
	if (d)
		closedir(d);
	return d && (empty || recording);
}

static int keep_old(struct atls_output *o, const char *dir)
{
	o->old[0] = '\0';
	if (!exists(dir))
		return 0;
	if (!ours(dir)) {
		atls_error("%s: exists and is not a recording of yours; name another with -o", dir);
		return -EEXIST;
	}
	if ((size_t)snprintf(o->old, sizeof(o->old), "%s.old", dir) >= sizeof(o->old))
		return -ENAMETOOLONG;
	if (exists(o->old) && !ours(o->old)) {
		atls_error(
			"%s: in the way, and not a recording of yours; move it or name another with -o",
			o->old);
		return -EEXIST;
	}
	atls_directory_remove(o->old);
	if (rename(dir, o->old)) {
		atls_error("%s: cannot be kept as %s: %s", dir, o->old, strerror(errno));
		return -errno;
	}
	return 0;
}

static void restore_old(const struct atls_output *o, const char *dir)
{
	if (*o->old && rename(o->old, dir))
		atls_warn("%s: cannot be renamed back to %s: %s", o->old, dir, strerror(errno));
}

/* The path without slashes at its end, which would make DIR.old a name inside DIR. */
static int clean(const char *dir, char *buf, size_t size)
{
	size_t length = strlen(dir);

	while (length > 1 && dir[length - 1] == '/')
		length--;
	if (length >= size)
		return -ENAMETOOLONG;
	memcpy(buf, dir, length);
	buf[length] = '\0';
	return length ? 0 : -ENOENT;
}

/* Until the end, when all is made the caller's own again. */
static int admit(const struct atls_output *o, const struct atls_lttng_home *home)
{
	if (!home->confined)
		return 0;
	return chmod(o->dir, 0711) || chown(o->ctf, home->uid, home->gid);
}

static int make(struct atls_output *o, const char *dir, const struct atls_lttng_home *home)
{
	struct statvfs fs;

	if (mkdir(dir, 0700))
		return -errno;
	if (!realpath(dir, o->dir) ||
	    (size_t)snprintf(o->ctf, sizeof(o->ctf), "%s/ctf", o->dir) >= sizeof(o->ctf) ||
	    mkdir(o->ctf, 0700) || admit(o, home) || statvfs(o->ctf, &fs)) {
		int err = -errno;

		atls_directory_remove(dir);
		return err;
	}
	if ((uint64_t)fs.f_bavail * fs.f_frsize < SPACE_LEAST) {
		atls_directory_remove(dir);
		return -ENOSPC;
	}
	return 0;
}

int atls_output_create(struct atls_output *o, const char *dir, const struct atls_lttng_home *home)
{
	char path[PATH_MAX];
	int err = clean(dir, path, sizeof(path));

	if (!err) {
		err = keep_old(o, path);
		if (err)
			return err;
		err = make(o, path, home);
		if (err)
			restore_old(o, path);
	}
	if (err)
		atls_error("%s: cannot record there: %s", dir, strerror(-err));
	return err;
}

void atls_output_discard(const struct atls_output *o)
{
	atls_directory_remove(o->dir);
	restore_old(o, o->dir);
}

int atls_output_finish(const struct atls_output *o)
{
	int err = atls_directory_own(o->dir);

	if (err)
		atls_error("%s: %s", o->dir, strerror(-err));
	return err;
}
