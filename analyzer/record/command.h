/* SPDX-License-Identifier: Apache-2.0 */
/* The command that is recorded. */
#pragma once

#include "record/recorder-state.h"

/* The exit status of a shell whose command cannot be run because of err. */
int atls_command_exit_status(int err);
/* Warm the session up and start the command. Returns 0, or an exit status with a message. */
int atls_command_begin(struct recorder *r);
