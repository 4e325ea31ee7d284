/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows on their way to a writer, which has a thread of its own:
 *
 *   rows --> buffer --> queue --> thread --> writer
 */
#pragma once

#include "store/writer.h"

struct atls_pipe;

/* Begin, see writer.h. Returns 0 or -errno, worded. */
int atls_pipe_create(const struct atls_writer *writer, const char *path, struct atls_pipe **pipe);
/* As the writer's add; what went wrong may come with a later row. */
int atls_pipe_add(struct atls_pipe *p, enum atls_table_id table, const int64_t *values, unsigned n);
/* All rows have come; see writer.h. */
int atls_pipe_finish(struct atls_pipe *p);
/* NULL is fine. */
void atls_pipe_destroy(struct atls_pipe *p);
