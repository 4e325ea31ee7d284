/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the reader of specifications share. */
#pragma once

#include "spec/spec.h"

/* One reading: what is built up, and where to complain. */
struct reading {
	struct atls_spec spec;
	int profile_line; /* that is being read; 0 outside a profile */
	char *why;
	size_t size;
};

/* Say why not. Returns -EINVAL. */
__attribute__((format(printf, 2, 3))) int atls_refuse(struct reading *r, const char *format, ...);
/* A whole small file, to be freed, or NULL with errno. */
char *atls_spec_read_file(const char *path);
/* The next line without its comment, or NULL. */
char *atls_spec_next_line(char **rest);
/* dist.c: the time that the first length bytes of text mean. False if they mean none. */
bool atls_spec_time(const char *text, size_t length, uint64_t *ns);
/* dist.c: 0 or -EINVAL, with the reason in r. */
int atls_spec_read_dist(struct reading *r, const char *text, struct atls_dist *dist);
