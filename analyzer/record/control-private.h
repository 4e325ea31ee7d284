/* SPDX-License-Identifier: Apache-2.0 */
/* What the recorder and its control process say to each other, over a socket of whole messages. */
#pragma once

#include "record/control.h"

enum request_kind {
	REQUEST_OPEN,
	REQUEST_START,
	REQUEST_STATE,
	REQUEST_SNAPSHOT,
	REQUEST_STOP,
};

struct request {
	enum request_kind kind;
	struct atls_session_plan plan; /* to open */
	char snapshot[64];	       /* name of the snapshot; to stop: "" for none */
};

struct reply {
	int err;
	struct atls_state state;
};

/* control-process.c: all of the control process, after the fork; it does not return. */
void atls_control_process(int fd, struct atls_sessiond *d, const struct atls_home *home);
