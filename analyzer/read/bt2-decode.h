/* SPDX-License-Identifier: Apache-2.0 */
/* libbabeltrace2's events as ours: matched by name, field by field. */
#pragma once

#include <babeltrace2/babeltrace.h>
#include <stdbool.h>

#include "base/map.h"
#include "events/trace.h"

/* All zero but path is a fresh decoder. */
struct atls_bt2_decoder {
	const char *path; /* of the trace, for warnings; the caller's */
	/* By address of the event class, so that the graph must outlive the decoder's use. */
	struct atls_map bindings;
	bool warned_event, warned_field;
};

/*
 * Fill e, but for its time. Fields that this version does not know are ignored with one warning,
 * fields that the trace does not have are 0. Returns 1, 0 if the event is none of ours, or -ENOMEM.
 */
int atls_bt2_decode(struct atls_bt2_decoder *d, const bt_event *event, struct atls_event *e);
void atls_bt2_decoder_finish(struct atls_bt2_decoder *d);
