/* SPDX-License-Identifier: Apache-2.0 */
/* Options of 'asynctls record' and 'asynctls start'. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/paths.h"
#include "events/groups.h"

#define ATLS_ENGINE_DEFAULT "workers=2"

/* Options of the shim. */
struct atls_shim_options {
	const char *mode;	 /* observe, engine or bridge */
	const char *engine;	 /* the built-in engine's specification; NULL in observe mode */
	const char *bridge;	 /* server, client or both; NULL: server */
	const char *bridge_only; /* names of programs; NULL: all */
};

struct atls_record_options {
	/* A command, or servers that run already. */
	char **command;	     /* NULL-terminated; empty for servers that run */
	pid_t pid;	     /* a server whose end ends the recording; 0: none */
	const char *session; /* their name; NULL: that of pid, or the default */
	bool background;     /* go on after the recording has begun, until 'asynctls stop' */

	struct atls_shim_options shim; /* only for a command */

	/* Which events, and limits. 0: no limit, or not wanted. */
	unsigned int groups; /* of events, ATLS_GROUP_* */
	bool addresses;	     /* of peers, too */
	int64_t delay_ns;
	int64_t duration_ns;
	uint64_t max_size;
	uint64_t rotate_size;
	int64_t rotate_ns;
	bool ring;
	uint64_t buffer;
	int64_t trigger_ns;

	/* Where to. */
	const char *dir;
	char relay[256]; /* host of a lttng-relayd, or "" */
	int relay_port;

	bool strict; /* exit status 5 if anything is missing */
	bool dry_run;
	bool analyze;
	/*
	 * Builds the database of a recording, for analyze; returns an exit status. Set by the
	 * command.
	 */
	int (*analysis)(const char *dir);
};

/* Without options. */
#define ATLS_RECORD_DEFAULTS \
	.dir = ATLS_DATA_DEFAULT, .shim = { .mode = "observe" }, .groups = ATLS_GROUPS_DEFAULT

/* Take the value of an option into the struct atls_record_options; false if it is none. */
bool atls_take_events(void *options, const char *value);
bool atls_take_rotate(void *options, const char *value);
bool atls_take_trigger(void *options, const char *value);
bool atls_take_relay(void *options, const char *value);

/* Fill in what follows from other options. False, with a message, if they do not go together. */
bool atls_record_options_check(struct atls_record_options *o, const char *command);
bool atls_shim_options_check(struct atls_shim_options *o, const char *command);
