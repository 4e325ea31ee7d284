/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that the store makes itself: struct atls_row_measure and so on, made from rows.def. */
#pragma once

#include "base/codes.h"
#include "sums/lanes.h"

#define ATLS_SMALL(name, table, fields) \
	struct atls_row_##name {        \
		fields                  \
	};
#define ATLS_INT(type, column) type column;
#define ATLS_ID(type, column) type column;
#define ATLS_TEXT(bytes, column) char column[bytes];
#define ATLS_STRING(column) const char *column;
#define ATLS_FIELD(type, declarator) type declarator;
#define ATLS_PART(column, field)
#include "store/rows.def"
