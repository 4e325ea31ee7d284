/* SPDX-License-Identifier: Apache-2.0 */
/* A recording while it goes on. */
#pragma once

#include "record/recorder-state.h"

/* Return when the recording is over, and the command, too. */
void atls_watch(struct recorder *r);
