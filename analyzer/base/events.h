/* SPDX-License-Identifier: Apache-2.0 */
/* Records that a reader yields: events and lost stretches; and the handler that takes them. */
#pragma once

#include <stdint.h>

#include "events/trace.h"

/* A stretch of time in which the tracer dropped events of one stream. */
struct atls_lost {
	int64_t ts; /* as struct atls_event */
	int64_t dur;
	int64_t events;	 /* 0 if their number is not known */
	int64_t packets; /* whole packets that were overwritten */
};

/*
 * The handler of records. They come in order of time within a process; a lost stretch comes at its
 * beginning. A negative return value ends the run and is what the run returns.
 */
struct atls_handler {
	int (*event)(void *ctx, const struct atls_event *e);
	int (*lost)(void *ctx, const struct atls_lost *l);
	void *ctx;
};
