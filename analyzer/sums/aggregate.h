/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sums over the model's rows: what the first page of a report and the overview pictures need,
 * without the rows themselves.
 *
 * All of them are counts, sums, minima and maxima on fixed grids, so that those of several traces
 * add up to what one pass over all would have found. The memory depends on how many kinds there
 * are, not on the number of rows.
 */
#pragma once

#include "model/model.h"

struct atls_aggregate;

/*
 * utc_offset_ns is read at the first row: the grid of time is one of UTC. Without the timeline
 * (tables heat, lod and lane) it is quicker. NULL if there is no memory.
 */
struct atls_aggregate *atls_aggregate_create(const int64_t *utc_offset_ns, bool timeline);
/* The sink whose context is the aggregate. */
extern const struct atls_sink atls_aggregate_sink;
/* NULL is fine. */
void atls_aggregate_destroy(struct atls_aggregate *a);
