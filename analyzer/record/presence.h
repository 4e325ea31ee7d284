/* SPDX-License-Identifier: Apache-2.0 */
/* Processes on this host that have the shim loaded, as /proc shows them. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct atls_presence {
	pid_t pid;
	char name[16];
	bool shim;	 /* is preloaded */
	bool provider;	 /* OpenSSL was used: it can be recorded */
	bool home_known; /* the environment could be read, and names a session daemon's home: */
	char home[80];
};

/* Look at one process. Returns 0, -ESRCH if there is none, or -EACCES if we may not look. */
int atls_presence_look(pid_t pid, struct atls_presence *p);
/* All processes with the shim that we may look at: at most n of them. Returns how many. */
int atls_presence_all(struct atls_presence *list, int n);
