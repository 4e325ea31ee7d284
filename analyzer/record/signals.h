/* SPDX-License-Identifier: Apache-2.0 */
/* Signals to the recorder. */
#pragma once

#include "record/recorder-state.h"

/*
 * Block the signals that end a recording until they are asked for. Call it before there is anything
 * to clean up. Returns 0, or -errno with a message.
 */
int atls_signals_hold(struct recorder *r);
/* Whether a signal came before the recording began, which then does not begin. */
bool atls_signals_interrupted(struct recorder *r);
/*
 * While recording, when r->signals is readable: take a signal. The command gets the first one,
 * unless it was sent to the command as well; once the command has ended, what it left in the
 * background gets it. Returns whether the recording ends at once: always without a command, else by
 * the second signal.
 */
bool atls_signals_take(struct recorder *r);
