/* SPDX-License-Identifier: Apache-2.0 */
/* The environment that makes the shim trace a program. */
#pragma once

#include "record/environment.h"
#include "record/options.h"
#include "record/session-paths.h"

/*
 * The variables of a command, but for those that lead to the session daemon. Fills at most
 * ATLS_SHIM_ENV of env; returns how many.
 */
#define ATLS_SHIM_ENV 5
int atls_shim_environment(const struct atls_record_options *o, struct atls_variable *env);
/*
 * Print the environment of a server that is to be recorded later, for a shell, systemd or docker.
 * shim is the library's path, without spaces or colons.
 */
void atls_shim_environment_print(const char *format, const struct atls_shim_options *o,
				 const struct atls_session_paths *paths, const char *shim);
