/* SPDX-License-Identifier: Apache-2.0 */
/* How long jobs take, for the recorder's triggers. Costs nothing unless one is set. */
#pragma once

#include <stdint.h>

/* Job id starts now. */
void atls_jobtime_start(uint32_t id);
/* It has ended. Emits job_time if its start was seen. */
void atls_jobtime_end(uint32_t id);
