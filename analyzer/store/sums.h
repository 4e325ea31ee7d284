/* SPDX-License-Identifier: Apache-2.0 */
/* The sums of an analysis as rows of the database. All rows have come. */
#pragma once

#include "store/inserts.h"
#include "sums/aggregate.h"

/* Fill the tables of the sums. Returns 0 or -errno, worded. */
int atls_aggregate_store(struct atls_aggregate *a, struct atls_inserts *to);
/* The slowest jobs, for a database that has no others. Returns 0 or -errno, worded. */
int atls_aggregate_store_slowest(const struct atls_aggregate *a, struct atls_inserts *to);
