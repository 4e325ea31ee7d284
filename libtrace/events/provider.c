/* SPDX-License-Identifier: Apache-2.0 */
/* libasynctls-lttng.so: the catalogue's events as LTTng-UST tracepoints, behind one table. */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "events/provider-tp.h"

#include "events/provider.h"

/* clang-format off */
#define ATLS_ENUM(name, values)
#define ATLS_EVENT(name, group, doc, fields)                         \
	static void emit_##name(const void *payload)                 \
	{                                                            \
		const struct atls_##name *e = payload;               \
		lttng_ust_do_tracepoint(asynctls, name, e);          \
	}
#include "events/catalogue.def"
#undef ATLS_EVENT

__attribute__((visibility("default"))) const struct atls_provider asynctls_provider = {
	.abi = ATLS_PROVIDER_ABI,
	.state = {
#define ATLS_EVENT(name, group, doc, fields) &lttng_ust_tracepoint_asynctls___##name.state,
#include "events/catalogue.def"
#undef ATLS_EVENT
	},
	.emit = {
#define ATLS_EVENT(name, group, doc, fields) emit_##name,
#include "events/catalogue.def"
#undef ATLS_EVENT
	},
};
/* clang-format on */
