/* SPDX-License-Identifier: Apache-2.0 */
/* A libssl without async jobs (LibreSSL, BoringSSL): passed through, and not traced. */
// EVENTS thread=0 ssl_new=0
#define STUB 0
#include "stub-user.h"
