/* SPDX-License-Identifier: Apache-2.0 */
/* Codes that the analysis adds to those of the catalogue, made from codes.def. */
#pragma once

#include <stdint.h>

#include "events/trace.h"

/* An optional number that is not known; becomes NULL in the database. */
#define ATLS_NULL INT64_MIN

/* user_version of a database: which schema.sql it is made by. */
#define ATLS_SCHEMA_VERSION 3

#define ATLS_VALUE(symbol, text, number) ATLS_##symbol = number,
#define ATLS_ENUM(name, values) enum atls_##name{ values };
#include "base/codes.def"
#undef ATLS_VALUE
#undef ATLS_ENUM

/* Numbers of the phases; they index tables. */
#define ATLS_NPHASES (ATLS_PHASE_REQUEUE + 1)

/* Enumerations in the manner of atls_enums; also what is negotiated, by its number on the wire. */
extern const struct atls_enum_desc atls_codes[];
extern const size_t atls_ncodes;

/* The text of a code of one of them, or NULL. */
const char *atls_code_text(const char *domain, int code);
