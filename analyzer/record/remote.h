/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder of a well-known place, as 'asynctls stop', 'snapshot' and 'status' reach it. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "record/control.h"
#include "record/place.h"

enum atls_order { ATLS_ORDER_STATUS, ATLS_ORDER_SNAPSHOT, ATLS_ORDER_STOP };

struct atls_order_message {
	enum atls_order order;
	char name[64]; /* of the snapshot */
};

struct atls_answer {
	int status; /* exit status of the command that asked */
	pid_t recorder;
	char dir[PATH_MAX];
	int64_t started_ns; /* CLOCK_REALTIME */
	uint64_t bytes;	    /* written so far */
	bool ring, delayed, disk_full;
	struct atls_state state;
};

/* --- the recorder's side --- */

/* Listen. Returns the socket, or -errno with a message: -EBUSY if that place is being recorded. */
int atls_remote_listen(const struct atls_place *place);
/*
 * Take one order. Returns a connection that waits for its answer, or -errno. words is the asking
 * command's stderr; both are the caller's to close.
 */
int atls_remote_accept(int socket, struct atls_order_message *message, int *words);
void atls_remote_answer(int connection, const struct atls_answer *answer);

/*
 * Leave the words of a recorder that ends without having been asked to, and its exit status: log is a
 * file whose first offset bytes somebody has read already.
 */
void atls_remote_leave_words(const struct atls_place *place, int status, int log, off_t offset);

/* --- the other side --- */

/* Returns 0; -ENOENT, without a message, if nothing is recorded there; or -errno with a message. */
int atls_remote_ask(const struct atls_place *place, const struct atls_order_message *message,
		    struct atls_answer *answer);
/*
 * Print, on stderr, what a recorder that ended by itself had to say, once. Returns its exit status, or
 * -ENOENT if there was none.
 */
int atls_remote_last_words(const struct atls_place *place);
