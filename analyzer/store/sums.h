/* SPDX-License-Identifier: Apache-2.0 */
/* The sums of an analysis as rows of the database. */
#pragma once

#include "store/db.h"
#include "sums/aggregate.h"

/* Fill the tables of schema.sql; a summary also gets the slowest jobs. All rows have come. 0 or -errno, worded. */
int atls_aggregate_store(struct atls_aggregate *a, struct atls_db *db);
