/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a recorded trace: read back, to know that it can be read. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct atls_traced_process {
	int64_t pid;
	uint64_t events;
	uint32_t openssl; /* OpenSSL_version_num(), 0 if not known */
	char name[16];	  /* of its first thread in the trace, "" if not known */
};

struct atls_trace_summary {
	uint64_t events;
	uint64_t lost;	     /* discarded events that the trace itself reports */
	bool complete;	     /* false: too long to read now, events is what was read until then */
	unsigned int traces; /* one for each user whose processes registered */
	struct atls_traced_process *processes;
	size_t nprocesses;
};

/*
 * Read the trace below ctf_dir, for about half a second at most. Returns 0; -ENOENT, without a
 * message, if there is none, as no process registered; or -errno with a message if it cannot be
 * read. In each case trace is set; free it with atls_trace_summary_finish.
 */
int atls_trace_summarize(const char *ctf_dir, struct atls_trace_summary *trace);
void atls_trace_summary_finish(struct atls_trace_summary *trace);
