/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue as LTTng-UST tracepoints. LTTng includes this file several times over. */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER asynctls

#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "events/provider-tp.h"

#if !defined(ATLS_PROVIDER_TP_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define ATLS_PROVIDER_TP_H

#include <lttng/tracepoint.h>

#include "events/trace.h"

/* clang-format off */
#define ATLS_VALUE(symbol, text, number) lttng_ust_field_enum_value(text, number)
#define ATLS_ENUM(name, values) \
	LTTNG_UST_TRACEPOINT_ENUM(asynctls, name, LTTNG_UST_TP_ENUM_VALUES(values))
#define ATLS_INT(type, field, doc) lttng_ust_field_integer(type, field, e->field)
#define ATLS_CODE(enumeration, field, doc) \
	lttng_ust_field_enum(asynctls, enumeration, uint8_t, field, e->field)
#define ATLS_TEXT(bytes, field, doc) lttng_ust_field_array_text(char, field, e->field, bytes)
#define ATLS_EVENT(name, group, doc, fields)                                                   \
	LTTNG_UST_TRACEPOINT_EVENT(asynctls, name,                                      \
				   LTTNG_UST_TP_ARGS(const struct atls_##name *, e),    \
				   LTTNG_UST_TP_FIELDS(fields))
#include "events/catalogue.def"
#undef ATLS_VALUE
#undef ATLS_ENUM
#undef ATLS_INT
#undef ATLS_CODE
#undef ATLS_TEXT
#undef ATLS_EVENT
/* clang-format on */

#endif

#include <lttng/tracepoint-event.h>
