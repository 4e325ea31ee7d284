/* SPDX-License-Identifier: Apache-2.0 */
/* Which runtime in this process minds on which stack its code runs. */
#pragma once

/*
 * The name of one that compares the stack pointer with its thread's stack, or searches or copies
 * that: its code, in a callback of a handshake, must not be on a job's. NULL if there is none.
 * Looks anew where objects were loaded since. Any thread.
 */
const char *atls_runtime_name(void);
