/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL 4: functions that our headers do not know. */
// EVENTS ssl_new=2 handshake=2 job_start=1 job_finish=1 mem_functions=1 ssl_end=2
// LINE ssl_end conn=2 op=write ret=1
#define STUB 4
#include "stub-user.h"
