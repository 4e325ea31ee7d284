/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of operation costs on this machine, measured on its first few. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/operation.h"

/* True if enough operations of this kind were measured. */
bool atls_cost_known(struct atls_operation what);

/* This thread's CPU time, which other threads' load does not lengthen. */
uint64_t atls_cost_clock_ns(void);

/* An operation took that much CPU time. Any thread. */
void atls_cost_note(struct atls_operation what, uint64_t ns);

/* True if operations of this kind are known to cost less than limit. */
bool atls_cost_below(struct atls_operation what, uint64_t limit_ns);
