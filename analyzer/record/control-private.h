/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of the recorder to its control process, over a socket that keeps messages whole. */
#pragma once

#include "record/control.h"

enum control_request_kind {
	CONTROL_OPEN,
	CONTROL_START,
	CONTROL_STATE,
	CONTROL_SNAPSHOT,
	CONTROL_STOP,
};

struct control_request {
	enum control_request_kind kind;
	struct atls_lttng_plan plan; /* to open */
	char snapshot[64];	     /* name of the snapshot; to stop: "" for none */
};

struct control_reply {
	int err;
	struct atls_state state;
};

/* control-process.c: all of the control process, after the fork; it does not return. */
void atls_control_process(int fd, struct atls_sessiond *d, const struct atls_lttng_home *home);
