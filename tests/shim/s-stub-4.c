/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL 4: functions that our headers do not know. */
// EVENTS ssl_new=1 handshake=1 job_start=1 job_finish=1 mem_functions=1
#define STUB 4
#include "stub-user.h"
