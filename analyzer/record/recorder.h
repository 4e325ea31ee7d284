/* SPDX-License-Identifier: Apache-2.0 */
/* One recording, from the checks before it to the summary after it. */
#pragma once

struct atls_record_options {
	const char *dir;
	const char *mode;   /* observe, engine or bridge */
	const char *engine; /* the built-in engine's specification; NULL in observe mode */
	char **command;     /* NULL-terminated, at least one */
};

/*
 * Record one run of the command; messages and the summary go to stderr. Returns the command's exit
 * status as a shell gives it (126 and 127 if it could not be run), or ATLS_EXIT_ENVIRONMENT if it
 * was not started because it could not have been recorded. *recorded tells whether there is a
 * recording with events in it.
 */
int atls_record(const struct atls_record_options *options, _Bool *recorded);
