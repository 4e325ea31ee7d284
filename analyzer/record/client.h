/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of 'asynctls stop', 'snapshot' and 'status' to the recorder of a named session. */
#pragma once

#include <stdbool.h>

#include "record/session-paths.h"

/*
 * Each does what the command of its name does. Returns its exit status, having printed a message.
 */
int atls_client_stop(const struct atls_session_paths *paths);
/* name may be NULL. */
int atls_client_snapshot(const struct atls_session_paths *paths, const char *name);
int atls_client_status(const struct atls_session_paths *paths, bool json);
