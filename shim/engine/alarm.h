/* SPDX-License-Identifier: Apache-2.0 */
/* Wake-ups that are due later, for the fault late-wake. */
#pragma once

#include <stdint.h>

struct atls_notifier;

/*
 * Wake n that many nanoseconds from now, from a thread of the engine's; at once if there is none.
 */
void atls_alarm_wake(struct atls_notifier *n, uint64_t delay_ns);

/* Around fork, and at exit; called by the workers. */
void atls_alarm_before_fork(void);
void atls_alarm_after_fork(int child);
void atls_alarm_stop(void);
