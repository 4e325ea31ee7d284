/* SPDX-License-Identifier: Apache-2.0 */
/* What 'asynctls record' and 'asynctls start' are asked for. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct atls_record_options {
	/* What is recorded: a command, or servers that run already. */
	char **command;	     /* NULL-terminated; empty for servers that run */
	pid_t pid;	     /* one of those, whose end ends the recording; 0: none in particular */
	const char *session; /* their place; NULL: that of pid, or the default */
	bool background;     /* go on after the recording has begun, until 'asynctls stop' */

	/* What the shim is to do; only for a command. */
	const char *mode;	 /* observe, engine or bridge */
	const char *engine;	 /* the built-in engine's specification; NULL in observe mode */
	const char *bridge;	 /* server, client or both; NULL: server */
	const char *bridge_only; /* names of programs; NULL: all */

	/* What of it, and when. 0: no limit, or not wanted. */
	unsigned int groups; /* of events, ATLS_GROUP_* */
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
	/* Builds the database of a recording, for analyze; returns an exit status. Set by the command. */
	int (*analysis)(const char *dir);
	bool help;
};

/*
 * Read argv[1] and so on into o; with start, as 'asynctls start' takes them, else as 'asynctls
 * record'. Returns false, with a message, if an option is wrong or options do not go together.
 */
bool atls_options_parse(struct atls_record_options *o, int argc, char **argv, bool start);
/* The part of the help that describes the options that both commands have. */
extern const char atls_options_help[];
/* True if text is the engine's specification; else false, with a message that begins with prefix. */
bool atls_options_check_engine(const char *prefix, const char *text);
/* True if text is one of the shim's modes; else false, with a message. */
bool atls_options_check_mode(const char *prefix, const char *text);
/* True if text says which sides the bridge takes; else false, with a message. */
bool atls_options_check_bridge(const char *prefix, const char *text);
