/* SPDX-License-Identifier: Apache-2.0 */
/* The private home of one recording's session daemon: sockets and locks, gone when it ends. */
#include "record/home.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "record/tree.h"

/*
 * LTTng 2.13 ties root's session daemon to /run/lttng, where the system's own may be running. As
 * root ours therefore runs as a user that nobody is.
 */
#define DAEMON_UID 65533

static void wait_path(const struct atls_home *home, char *buf, size_t size)
{
	snprintf(buf, size, "/dev/shm/lttng-ust-wait-8-%u", (unsigned int)home->uid);
}

static int make_below(struct atls_home *home, const char *parent)
{
	if (!parent || strlen(parent) + sizeof("/asynctls-XXXXXX") > sizeof(home->path))
		return -ENAMETOOLONG;
	sprintf(home->path, "%s/asynctls-XXXXXX", parent);
	return mkdtemp(home->path) ? 0 : -errno;
}

int atls_home_create(struct atls_home *home)
{
	bool root = geteuid() == 0;
	char wait[64];
	int err;

	home->uid = root ? DAEMON_UID : geteuid();
	home->gid = root ? DAEMON_UID : getegid();
	wait_path(home, wait, sizeof(wait));
	home->wait_existed = !root && access(wait, F_OK) == 0;

	err = make_below(home, "/tmp");
	if (err)
		err = make_below(home, getenv("TMPDIR"));
	if (err) {
		atls_error("cannot make a directory below /tmp: %s", strerror(-err));
		return err;
	}
	/* Traced processes of any user pass through to the daemon's socket. */
	if (chmod(home->path, 0711) || (root && chown(home->path, home->uid, home->gid))) {
		err = -errno;
		atls_error("%s: %s", home->path, strerror(-err));
		rmdir(home->path);
	}
	return err;
}

void atls_home_remove(const struct atls_home *home)
{
	char wait[64];

	atls_tree_remove(home->path);
	wait_path(home, wait, sizeof(wait));
	if (!home->wait_existed)
		unlink(wait);
}
