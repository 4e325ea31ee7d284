/* SPDX-License-Identifier: Apache-2.0 */
/* LTTNG_HOME of a private session daemon: its sockets and locks, removed when it ends. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "record/session-paths.h"

#define ATLS_LTTNG_HOME_RAISED 64

struct atls_lttng_home {
	char path[72];	      /* short, because socket paths are limited to 108 bytes */
	char run[80];	      /* the daemon's run directory, below it */
	char process_log[80]; /* file to which traced processes write (process-log.h), or "" */
	int process_log_fd;   /* or -1 */
	bool permanent;	      /* of a named session: only its contents are removed */
	uid_t uid; /* that the session daemon runs as: for root another user's, else the caller's */
	gid_t gid;
	bool confined;	   /* the daemon may write only where that user may, not everywhere */
	bool wait_existed; /* /dev/shm/lttng-ust-wait-8-<uid> was there before us */
	/* Users whose wait flag we raised, since the daemon could not. */
	uid_t raised[ATLS_LTTNG_HOME_RAISED];
	int nraised;
};

/* Make a home below /tmp (or TMPDIR). Returns 0 or -errno with a message. */
int atls_lttng_home_create(struct atls_lttng_home *home);
/* Use the home of a named session, and make it if need be. As above. */
int atls_lttng_home_open(struct atls_lttng_home *home, const struct atls_session_paths *paths);
/*
 * The daemon of a named session is up, or about to end: raise or lower the flag on which processes
 * wait for a daemon. Needed as root only, where the daemon is another user's and cannot do it.
 */
void atls_lttng_home_announce(struct atls_lttng_home *home, bool up);
/*
 * Remove all of it, and what LTTng leaves in /dev/shm for the daemon's user. May be called by the
 * caller and by the daemon's user, in any order, more than once.
 */
void atls_lttng_home_remove(const struct atls_lttng_home *home);
