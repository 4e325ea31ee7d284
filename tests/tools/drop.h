/* SPDX-License-Identifier: Apache-2.0 */
/* The model with nobody behind it: for programs that measure it or try to break it. */
#pragma once

#include "model/model.h"
#include "model/tracker.h"

static int drop(void *ctx, const void *row)
{
	return 0;
}

static const struct atls_sink drop_sink = {
	.job = (void *)drop,
	.slice = (void *)drop,
	.wait = (void *)drop,
	.conn = (void *)drop,
	.op = (void *)drop,
	.process = (void *)drop,
	.thread = (void *)drop,
	.lost = (void *)drop,
	.string = (void *)drop,
};

static int track_event(void *tracker, const struct atls_event *e)
{
	return atls_tracker_event(tracker, e);
}

static int track_lost(void *tracker, const struct atls_lost *l)
{
	return atls_tracker_lost(tracker, l);
}
