/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process log: the shim in each process of a recorded command notes in a file that it was
 * loaded, that the process used OpenSSL, and whether the session daemon was reached, recorded or
 * not.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "events/trace.h"

struct atls_logged_process {
	pid_t pid;
	bool tls;		    /* used OpenSSL */
	bool other;		    /* used another OpenSSL besides the one that is traced */
	bool reached;		    /* and the session daemon knew it at that time */
	bool two_identities;	    /* if not: its effective user or group was not its real one */
	enum atls_bridge_rule rule; /* by which it was bridged, or not */
	char name[16];
};

struct atls_process_log {
	struct atls_logged_process *processes; /* in the order of their start */
	size_t n;
	size_t tls;	  /* how many used OpenSSL */
	size_t others;	  /* how many used another one besides */
	size_t unreached; /* how many of these could not be recorded */
};

/* Read the file fd; -1: there is none. Never fails: lines that are not understood are skipped. */
void atls_process_log_read(struct atls_process_log *log, int fd);
const struct atls_logged_process *atls_process_log_find(const struct atls_process_log *log,
							pid_t pid);
/*
 * Warn of processes that could not be recorded, and tell of those that the bridge left alone: how
 * many of each name, and why.
 */
void atls_process_log_report(const struct atls_process_log *log);
void atls_process_log_finish(struct atls_process_log *log);
