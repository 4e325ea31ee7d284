/* SPDX-License-Identifier: Apache-2.0 */
/* The private home of one recording's session daemon: sockets and locks, gone when it ends. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "record/place.h"

#define ATLS_HOME_TOLD 64

struct atls_home {
	char path[72]; /* short, because socket paths are limited to 108 bytes */
	char run[80];  /* the daemon's run directory, below it */
	char census
		[80];  /* the file that traced processes write to (census.h); "" if there is none */
	int census_fd; /* or -1 */
	bool stays;    /* a well-known place, which servers know: it is emptied, not removed */
	uid_t uid;     /* whom the session daemon runs as: for root another user, else the caller */
	gid_t gid;
	bool confined;	   /* the daemon may write only where that user may, not everywhere */
	bool wait_existed; /* /dev/shm/lttng-ust-wait-8-<uid> was there before us */
	/* Users whose processes were told that there is a daemon, and not by the daemon itself. */
	uid_t told[ATLS_HOME_TOLD];
	int ntold;
};

/* Make a home below /tmp (or TMPDIR). Returns 0 or -errno with a message. */
int atls_home_create(struct atls_home *home);
/* Take a well-known place as home, and make it if need be. As above. */
int atls_home_open(struct atls_home *home, const struct atls_place *place);
/*
 * The daemon of a well-known place is up, or about to end: tell all processes that wait for one.
 * Needed as root only, where the daemon, another user's, cannot tell them itself.
 */
void atls_home_announce(struct atls_home *home, bool up);
/*
 * Remove all of it, and what LTTng leaves in /dev/shm for the daemon's user. May be called by the
 * caller and by the daemon's user, in any order, more than once.
 */
void atls_home_remove(const struct atls_home *home);
