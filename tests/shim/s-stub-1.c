/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL 1.1.1: no callbacks, no statuses, other names. */
// EVENTS ssl_new=1 handshake=1 server_name=1 job_start=1 job_finish=1
// LINE thread openssl=269488511
#define STUB 1
#include "stub-user.h"
