/* SPDX-License-Identifier: Apache-2.0 */
/* Processes on this host that have the shim loaded, as /proc shows them. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct atls_shim_process {
	pid_t pid;
	char name[16];
	bool shim;	 /* is preloaded */
	bool provider;	 /* OpenSSL was used: it can be recorded */
	bool home_known; /* the home of its session daemon could be read: */
	char home[80];
};

/*
 * Inspect a process. Returns 0, -ESRCH if there is none, or -EACCES if its maps are not readable.
 */
int atls_shim_process_inspect(pid_t pid, struct atls_shim_process *p);
/* List the processes with the shim that we may inspect: at most n. Returns how many. */
int atls_shim_process_list(struct atls_shim_process *list, int n);
