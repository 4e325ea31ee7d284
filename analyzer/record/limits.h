/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of a recording: duration, size, disk. */
#pragma once

#include "record/recorder-state.h"

/*
 * Begin a delayed recording when its time has come, drop chunks beyond --max-size, and end the
 * recording at a limit.
 */
void atls_limits_check(struct recorder *r);
