/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the shim in each process of a recorded command says of itself, whether or not it could then be
 * recorded: that it was loaded, that OpenSSL was used, and that the session daemon was reached.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct atls_counted {
	pid_t pid;
	bool tls;     /* used OpenSSL */
	bool reached; /* and the session daemon knew it at that time */
	char name[16];
};

struct atls_census {
	struct atls_counted *processes; /* in the order of their start */
	size_t n;
	size_t tls;	  /* how many used OpenSSL */
	size_t unreached; /* how many of these could not be recorded */
};

/* Read the lines of the file fd. Never fails: what is not understood is left out. */
void atls_census_read(struct atls_census *c, int fd);
const struct atls_counted *atls_census_find(const struct atls_census *c, pid_t pid);
void atls_census_finish(struct atls_census *c);
