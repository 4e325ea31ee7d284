/* SPDX-License-Identifier: Apache-2.0 */
/* The private home of one recording's session daemon: sockets and locks, gone when it ends. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct atls_home {
	char path[64]; /* short, because socket paths are limited to 108 bytes */
	char run[80];  /* the daemon's run directory, below it */
	uid_t uid;     /* whom the session daemon runs as: for root another user, else the caller */
	gid_t gid;
	bool confined;     /* the daemon may write only where that user may, not everywhere */
	bool wait_existed; /* /dev/shm/lttng-ust-wait-8-<uid> was there before us */
};

/* Make a home below /tmp (or TMPDIR). Returns 0 or -errno with a message. */
int atls_home_create(struct atls_home *home);
/*
 * Remove all of it, and what LTTng leaves in /dev/shm for the daemon's user. May be called by the
 * caller and by the daemon's user, in any order, more than once.
 */
void atls_home_remove(const struct atls_home *home);
