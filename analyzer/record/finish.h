/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a recording: verified, summed up, written to meta.json. */
#pragma once

#include "record/recorder-state.h"

/* End the recording. ended_by says why, for meta.json. Sets r->stopped and r->status. */
void atls_finish_recording(struct recorder *r, const char *ended_by);
/* The same while the command may still run: says so. */
void atls_finish_early(struct recorder *r, const char *ended_by);
/* The command has ended, later than the recording: add its exit status. */
void atls_finish_command(struct recorder *r);
