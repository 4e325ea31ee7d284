/* SPDX-License-Identifier: Apache-2.0 */
/* The trigger of an LTTng session: tells of jobs that take long. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Register the trigger for jobs longer than us. Returns 0, or -errno with a message. */
int atls_lttng_trigger_arm(uint64_t us);
/* Whether it has fired since the last call. */
bool atls_lttng_trigger_fired(void);
void atls_lttng_trigger_finish(void);
