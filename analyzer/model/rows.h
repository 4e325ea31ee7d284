/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows that the model hands out: struct atls_row_job, atls_row_slice ..., made from rows.def.
 */
#pragma once

#include <stdint.h>

#include "base/codes.h"

#define ATLS_ROW(name, table, fields) \
	struct atls_row_##name {      \
		fields                \
	};
#define ATLS_INT(type, column) type column;
#define ATLS_ID(type, column) type column;
#define ATLS_TEXT(bytes, column) char column[bytes];
#define ATLS_STRING(column) const char *column;
#define ATLS_FIELD(type, declarator) type declarator;
#define ATLS_PART(column, field)
#include "model/rows.def"
