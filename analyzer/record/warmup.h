/* SPDX-License-Identifier: Apache-2.0 */
/* Warms a session up before the command starts. */
#pragma once

#include "record/environment.h"

/*
 * Register with the session daemon as the command's processes will, and leave: the daemon then has
 * buffers for this user, which would take the command's first process 40 ms, and writes the trace's
 * metadata, without which nothing could be read if the disk filled at once. Returns 0 if that
 * worked, -EHOSTUNREACH if no events could be recorded that way, or another -errno.
 */
int atls_warmup(const char *shim, const struct atls_variable *env, int nenv);
