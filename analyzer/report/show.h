/* SPDX-License-Identifier: Apache-2.0 */
/* One job or one connection as a text timeline. */
#pragma once

#include <sqlite3.h>
#include <stdint.h>

/* Print it on stdout. 0, -ENOENT if there is none of that id, or -errno; worded. */
int atls_show_job(sqlite3 *db, int64_t id);
int atls_show_conn(sqlite3 *db, int64_t id);
