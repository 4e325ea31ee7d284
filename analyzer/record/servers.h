/* SPDX-License-Identifier: Apache-2.0 */
/* Servers that run already, recorded from now on. */
#pragma once

#include "record/recorder-state.h"

/*
 * Find the session of the servers: sets r->paths and r->pid_fd. Returns 0, or an exit status with a
 * message.
 */
int atls_servers_find(struct recorder *r);
/* Wait for the servers to register. Returns 0, or an exit status with a message. */
int atls_servers_await(struct recorder *r);
