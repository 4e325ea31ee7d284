/* SPDX-License-Identifier: Apache-2.0 */
/* The program that is to be recorded, inspected before it runs: can the shim see its TLS? */
#pragma once

#include <stdbool.h>

enum atls_linkage {
	ATLS_LINKED_UNKNOWN, /* a script, or a file that we cannot read */
	ATLS_LINKED_SSL,     /* needs libssl, itself or through its libraries */
	ATLS_LINKED_NO_SSL,  /* does not; it may still start programs or load libraries that do */
	ATLS_LINKED_STATIC,  /* no dynamic linker: nothing can be preloaded */
	ATLS_LINKED_FOREIGN, /* an ELF file of another class or machine than the shim */
};

struct atls_target {
	char path[4096]; /* the file that name stands for */
	enum atls_linkage linkage;
	char libssl[4096]; /* the files that the dynamic linker finds for it, "" if it needs none */
	char libcrypto[4096]; /* or that is not known */
	bool privileged; /* gains rights when run: the dynamic linker ignores what is preloaded */
};

/*
 * Find and judge the command called name. Returns 0, -ENOENT or -EACCES if it cannot be run, with a
 * message.
 */
int atls_target_init(struct atls_target *t, const char *name);
/* One sentence without a full stop on why the shim sees no TLS in it, or NULL if it may well. */
const char *atls_target_obstacle(const struct atls_target *t);
