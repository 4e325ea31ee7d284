/* SPDX-License-Identifier: Apache-2.0 */
/* A recorder that runs in the background, while its caller has the terminal back. */
#pragma once

#include "record/recorder-state.h"

/*
 * Fork: the child is the recorder; the parent waits until the recording has begun, and exits.
 * The recorder writes its messages to a memory file, which the parent and later 'asynctls stop'
 * print: it may hold no pipe or terminal of the caller. Returns a pipe to the parent, or -errno
 * with a message.
 */
int atls_background_enter(struct recorder *r);
/* The recording has begun: the parent exits with 0. */
void atls_background_detach(struct recorder *r, int parent_fd);
/* The parent exits with status. */
void atls_background_report(struct recorder *r, int parent_fd, int status);
/* Copy the recorder's log, from an offset on, to a file. Returns the new offset. */
off_t atls_background_copy_log(const struct recorder *r, int to, off_t from);
