/* SPDX-License-Identifier: Apache-2.0 */
/* The private home of one recording's session daemon: sockets and locks, gone when it ends. */
#include "record/lttng-home.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/futex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "record/directory.h"

/*
 * LTTng 2.13 ties root's session daemon to /run/lttng, where the system's own may be running.
 * Started by root, ours therefore runs as an unused user.
 */
#define DAEMON_UID 65533

/* With a uid: the flag on which processes of a user wait for a daemon. */
/* With a uid behind it: the flag on which that user's processes wait for a session daemon. */
#define WAIT_PATH "/dev/shm/lttng-ust-wait-8-"

static void wait_path(const struct atls_lttng_home *home, char *buf, size_t size)
{
	snprintf(buf, size, WAIT_PATH "%u", (unsigned int)home->uid);
}

/* Root keeps this right in the daemon, if it has it: in some containers it does not. */
static bool may_write_anywhere(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	return syscall(SYS_capget, &header, data) == 0 &&
	       (data[0].permitted & 1U << CAP_DAC_OVERRIDE);
}

static int make_below(struct atls_lttng_home *home, const char *parent)
{
	const size_t size = sizeof(home->path);

	if (!parent || (size_t)snprintf(home->path, size, "%s/asynctls-XXXXXX", parent) >= size)
		return -ENAMETOOLONG;
	return mkdtemp(home->path) ? 0 : -errno;
}

static void choose_user(struct atls_lttng_home *home)
{
	bool root = geteuid() == 0;
	char wait[64];

	home->uid = root ? DAEMON_UID : geteuid();
	home->gid = root ? DAEMON_UID : getegid();
	home->confined = root && !may_write_anywhere();
	wait_path(home, wait, sizeof(wait));
	home->wait_existed = !root && access(wait, F_OK) == 0;
}

static int hand_over(struct atls_lttng_home *home)
{
	snprintf(home->run, sizeof(home->run), "%s/.lttng", home->path);
	/* Traced processes of any user pass through to the daemon's socket. */
	if (chmod(home->path, 0711) ||
	    (geteuid() == 0 && chown(home->path, home->uid, home->gid))) {
		atls_error("%s: cannot be given to user %u: %s", home->path,
			   (unsigned int)home->uid, strerror(errno));
		return -errno;
	}
	return 0;
}

/* Traced processes of any user add lines to it. Without it a recording works as well. */
static void make_process_log(struct atls_lttng_home *home)
{
	snprintf(home->process_log, sizeof(home->process_log), "%s/seen", home->path);
	home->process_log_fd =
		open(home->process_log, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	if (home->process_log_fd >= 0)
		fchmod(home->process_log_fd, 0622);
	else
		home->process_log[0] = '\0';
}

int atls_lttng_home_create(struct atls_lttng_home *home)
{
	int err;

	choose_user(home);
	home->permanent = false;
	err = make_below(home, "/tmp");
	if (err)
		err = make_below(home, getenv("TMPDIR"));
	if (err) {
		atls_error("cannot make a directory below /tmp: %s", strerror(-err));
		return err;
	}
	make_process_log(home);
	err = hand_over(home);
	if (err)
		atls_directory_remove(home->path);
	return err;
}

int atls_lttng_home_open(struct atls_lttng_home *home, const struct atls_session_paths *paths)
{
	int err = atls_session_paths_create(paths);

	if (err)
		return err;
	choose_user(home);
	home->permanent = true;
	home->process_log_fd = -1;
	home->process_log[0] = '\0';
	/* Processes that were not recorded yet wait there for the next daemon. */
	if (geteuid() != 0)
		home->wait_existed = true;
	snprintf(home->path, sizeof(home->path), "%s", paths->home);
	err = hand_over(home);
	/* A daemon that was killed has left its sockets. */
	if (!err)
		atls_directory_remove(home->run);
	return err;
}

/*
 * LTTng's signal to the processes of one user: a flag in shared memory, and a wake-up. Returns
 * whether the flag was changed.
 */
static bool set_flag(uid_t owner, bool up)
{
	bool changed = false;
	struct stat st;
	int32_t *flag;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), WAIT_PATH "%u", (unsigned int)owner);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return false;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_uid == owner &&
	    st.st_size >= (off_t)sizeof(*flag)) {
		flag = mmap(NULL, sizeof(*flag), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (flag != MAP_FAILED) {
			changed = __atomic_exchange_n(flag, up, __ATOMIC_SEQ_CST) != up;
			if (up)
				syscall(SYS_futex, flag, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
			munmap(flag, sizeof(*flag));
		}
	}
	close(fd);
	return changed;
}

static void raise_flags(struct atls_lttng_home *home)
{
	const char *prefix = strrchr(WAIT_PATH, '/') + 1;
	DIR *shm = opendir("/dev/shm");
	struct dirent *entry;
	char *end;

	while (shm && (entry = readdir(shm)) && home->nraised < ATLS_LTTNG_HOME_RAISED) {
		unsigned long owner;

		if (strncmp(entry->d_name, prefix, strlen(prefix)))
			continue;
		owner = strtoul(entry->d_name + strlen(prefix), &end, 10);
		if (!*end && set_flag(owner, true))
			home->raised[home->nraised++] = owner;
	}
	if (shm)
		closedir(shm);
}

void atls_lttng_home_announce(struct atls_lttng_home *home, bool up)
{
	if (!home->permanent || geteuid() != 0)
		return;
	if (up)
		raise_flags(home);
	while (!up && home->nraised > 0)
		set_flag(home->raised[--home->nraised], false);
}

void atls_lttng_home_remove(const struct atls_lttng_home *home)
{
	char wait[64];

	atls_directory_remove(home->permanent ? home->run : home->path);
	wait_path(home, wait, sizeof(wait));
	if (!home->wait_existed)
		unlink(wait);
}
