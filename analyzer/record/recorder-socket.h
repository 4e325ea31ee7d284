/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The socket of a named session's recorder: 'asynctls stop', 'snapshot' and 'status' send requests
 * to it.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "record/control.h"
#include "record/session-paths.h"

enum atls_request_kind { ATLS_REQUEST_STATUS, ATLS_REQUEST_SNAPSHOT, ATLS_REQUEST_STOP };

struct atls_request {
	enum atls_request_kind kind;
	char name[64]; /* of the snapshot */
};

struct atls_reply {
	int status; /* exit status of the command that asked */
	pid_t recorder;
	char dir[PATH_MAX];
	int64_t started_ns; /* CLOCK_REALTIME */
	uint64_t bytes;	    /* written so far */
	bool ring, delayed, disk_full;
	struct atls_state state;
};

/* --- the recorder's side --- */

/* Listen. Returns the socket, or -errno with a message: -EBUSY if the session is being recorded. */
int atls_recorder_socket_listen(const struct atls_session_paths *paths);
/*
 * Receive one request. Returns a connection that waits for its reply, or -errno. error_fd is the
 * asking command's stderr; the caller closes both.
 */
int atls_recorder_socket_accept(int socket, struct atls_request *request, int *error_fd);
void atls_recorder_socket_reply(int connection, const struct atls_reply *reply);

/*
 * A recorder ends that nobody asked to end: save its exit status and its log, for 'asynctls stop'.
 * log is a file whose first offset bytes a command has printed already.
 */
void atls_recorder_socket_save_log(const struct atls_session_paths *paths, int status, int log,
				   off_t offset);

/* --- the other side --- */

/* Returns 0; -ENOENT, without a message, if nothing is recorded there; or -errno with a message. */
int atls_recorder_socket_ask(const struct atls_session_paths *paths,
			     const struct atls_request *request, struct atls_reply *reply);
/* Print a saved log on stderr and remove it. Returns the exit status saved with it, or -ENOENT. */
int atls_recorder_socket_print_saved_log(const struct atls_session_paths *paths);
