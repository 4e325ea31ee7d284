/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a recording back, to know that it can be read and what is in it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct atls_seen_process {
	int64_t pid;
	uint64_t events;
	uint32_t openssl; /* OpenSSL_version_num(), 0 if not told */
	char name[16];	  /* of the thread that was first seen, "" if not told */
};

struct atls_seen {
	uint64_t events;
	uint64_t lost;	     /* discarded events that the trace itself reports */
	bool complete;	     /* false: too long to read now, events is what was read until then */
	unsigned int traces; /* one for each user whose processes registered */
	struct atls_seen_process *processes;
	size_t nprocesses;
};

/*
 * Read the trace below ctf_dir, for about half a second at most. Returns 0; -ENOENT, without a message,
 * if there is none since no process registered; or -errno with a message if it cannot be read. In
 * each case seen is set, and freed with atls_seen_finish.
 */
int atls_verify(const char *ctf_dir, struct atls_seen *seen);
void atls_seen_finish(struct atls_seen *seen);
