/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups of events, by which a recording is limited to what it is about; the catalogue has each
 * event's.
 */
#pragma once

#include <stddef.h>

enum {
	ATLS_GROUP_JOB = 1,	 /* jobs, wait contexts, wake-ups */
	ATLS_GROUP_SSL = 2,	 /* connections, SSL calls, the bridge */
	ATLS_GROUP_ENGINE = 4,	 /* operations of the built-in engine */
	ATLS_GROUP_LOOP = 8,	 /* waits of event loops */
	ATLS_GROUP_ALWAYS = 16,	 /* processes and threads: without them nothing else can be read */
	ATLS_GROUP_ADDRESS = 32, /* personal data: only if asked for by name */
	ATLS_GROUP_WATCH = 64,	 /* never recorded: what triggers look at */
};

#define ATLS_GROUPS_DEFAULT \
	(ATLS_GROUP_JOB | ATLS_GROUP_SSL | ATLS_GROUP_ENGINE | ATLS_GROUP_LOOP | ATLS_GROUP_ALWAYS)

/*
 * The groups that a list such as "job,ssl" names, with ATLS_GROUP_ALWAYS; 0 with the first word
 * that is not understood in word.
 */
unsigned int atls_groups_parse(const char *list, char *word, size_t size);
/* The names of the groups, comma-separated, in buf. Returns buf. */
const char *atls_groups_format(unsigned int groups, char *buf, size_t size);
