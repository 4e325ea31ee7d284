/* SPDX-License-Identifier: Apache-2.0 */
/* The private home of one recording's session daemon: sockets and locks, gone when it ends. */
#include "record/home.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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

/* Root keeps this right in the daemon, if it has it: in some containers it does not. */
static bool may_write_anywhere(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	return syscall(SYS_capget, &header, data) == 0 &&
	       (data[0].permitted & 1U << CAP_DAC_OVERRIDE);
}

static int make_below(struct atls_home *home, const char *parent)
{
	const size_t size = sizeof(home->path);

	if (!parent || (size_t)snprintf(home->path, size, "%s/asynctls-XXXXXX", parent) >= size)
		return -ENAMETOOLONG;
	return mkdtemp(home->path) ? 0 : -errno;
}

int atls_home_create(struct atls_home *home)
{
	bool root = geteuid() == 0;
	char wait[64];
	int err;

	home->uid = root ? DAEMON_UID : geteuid();
	home->gid = root ? DAEMON_UID : getegid();
	home->confined = root && !may_write_anywhere();
	wait_path(home, wait, sizeof(wait));
	home->wait_existed = !root && access(wait, F_OK) == 0;

	err = make_below(home, "/tmp");
	if (err)
		err = make_below(home, getenv("TMPDIR"));
	if (err) {
		atls_error("cannot make a directory below /tmp: %s", strerror(-err));
		return err;
	}
	snprintf(home->run, sizeof(home->run), "%s/.lttng", home->path);
	/* Traced processes of any user pass through to the daemon's socket. */
	if (chmod(home->path, 0711) || (root && chown(home->path, home->uid, home->gid))) {
		err = -errno;
		atls_error("a directory below /tmp cannot be given to user %u: %s",
			   (unsigned int)home->uid, strerror(-err));
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
