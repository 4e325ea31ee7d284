/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of small tables that wait in memory until the large ones are complete. */
#pragma once

#include <stddef.h>

#include "store/inserts.h"

/* All zero is empty. */
struct atls_later {
	char *bytes; /* for each row its table, then its values, each text right behind its length */
	size_t used, room;
};

/* Keep a row; its texts are copied. 0 or -ENOMEM. */
int atls_later_add(struct atls_later *l, enum atls_table_id table,
		   const union atls_sql_value *values);
/* Insert all rows in the order in which they came. Returns 0 or -errno, worded. */
int atls_later_insert(const struct atls_later *l, struct atls_inserts *to);
/* Free. Fine on one that is all zero. */
void atls_later_finish(struct atls_later *l);
