/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of operation costs on this machine, learnt from its first few. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct atls_operation;

/* True if enough was learnt of operations of this kind: no need to measure more. */
bool atls_cost_known(struct atls_operation what);

/* This thread's CPU time, which other threads' load does not lengthen. */
uint64_t atls_cost_clock_ns(void);

/* Note that an operation took that much CPU time. Any thread. */
void atls_cost_learn(struct atls_operation what, uint64_t ns);

/* True if operations of this kind are known to cost less than limit. */
bool atls_cost_below(struct atls_operation what, uint64_t limit_ns);
