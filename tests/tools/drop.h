/* SPDX-License-Identifier: Apache-2.0 */
/* The model with nobody behind it: for programs that measure it or try to break it. */
#pragma once

#include "model/model.h"

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

static int model_event(void *model, const struct atls_event *e)
{
	return atls_model_event(model, e);
}

static int model_lost(void *model, const struct atls_lost *l)
{
	return atls_model_lost(model, l);
}
