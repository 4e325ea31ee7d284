/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own questions to OpenSSL, which must leave nothing in the thread's error queue: SSL_get_error
 * would take it for the program's failure. Each one that can fail stands between these two.
 */
#pragma once

#include "base/real.h"

static inline void atls_query_begin(void)
{
	REAL(ERR_set_mark)();
}

/* Drops the errors raised since, and no older ones. */
static inline void atls_query_end(void)
{
	REAL(ERR_pop_to_mark)();
}
