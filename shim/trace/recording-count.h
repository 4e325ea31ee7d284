/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which recording this is, counted by the recorder in a file that it shares with the traced
 * programs.
 */
#pragma once

#include <stdint.h>

/*
 * How many recordings the sessions' directory has had, for a thread that slept from one to the next
 * to notice. Shared memory that the recorder writes, or a constant.
 */
extern const volatile uint32_t *atls_recording_count;

/*
 * Map the counter that lies beside the directory lttng_home, LTTNG_HOME.epoch, if there is one. The
 * mapping also shows others which directory this process is recorded through, whatever becomes of
 * its environment.
 */
void atls_recording_count_map(const char *lttng_home);
