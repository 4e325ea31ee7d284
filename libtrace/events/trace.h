/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record vocabulary: event ids, payload structures and enumerations, made from catalogue.def.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "events/groups.h"

/* clang-format off */

/* Enumerations: enum atls_op { ATLS_OP_NONE = 0, ... }. */
#define ATLS_VALUE(symbol, text, number) ATLS_##symbol = number,
#define ATLS_ENUM(name, values) enum atls_##name { values };
#define ATLS_EVENT(name, group, doc, fields)
#include "events/catalogue.def"
#undef ATLS_VALUE
#undef ATLS_ENUM
#undef ATLS_EVENT

/* Numbers of the faults; they index tables. */
#define ATLS_FAULT_COUNT (ATLS_FAULT_SPURIOUS + 1)

/* Event ids: ATLS_EV_job_start, ... ATLS_EV_COUNT. They index tables and are not recorded. */
enum atls_event_id {
#define ATLS_ENUM(name, values)
#define ATLS_EVENT(name, group, doc, fields) ATLS_EV_##name,
#include "events/catalogue.def"
#undef ATLS_ENUM
#undef ATLS_EVENT
	ATLS_EV_COUNT
};

/* Payloads: struct atls_job_start { uint32_t job; ... }, as the producer fills them. */
#define ATLS_ENUM(name, values)
#define ATLS_INT(type, field, doc) type field;
#define ATLS_CODE(enumeration, field, doc) uint8_t field;
#define ATLS_TEXT(bytes, field, doc) char field[bytes];
#define ATLS_EVENT(name, group, doc, fields) \
	struct atls_##name {          \
		fields                \
	};
#include "events/catalogue.def"
#undef ATLS_ENUM
#undef ATLS_INT
#undef ATLS_CODE
#undef ATLS_TEXT
#undef ATLS_EVENT

/* One decoded event: what readers produce and the analyzer's model consumes. */
struct atls_event {
	int64_t ts; /* CLOCK_MONOTONIC of the traced host, ns */
	uint32_t pid;
	uint32_t tid;
	uint16_t id; /* enum atls_event_id */
	union {
#define ATLS_ENUM(name, values)
#define ATLS_EVENT(name, group, doc, fields) struct atls_##name name;
#include "events/catalogue.def"
#undef ATLS_ENUM
#undef ATLS_EVENT
	};
};

/* clang-format on */

/*
 * What a preloaded shim shows of itself: the variable asynctls_shim_status in its library, which
 * `asynctls doctor PID` finds by name and reads from outside.
 */
struct atls_shim_status {
	char magic[8];	     /* "asynctls" */
	uint32_t abi;	     /* ATLS_SHIM_STATUS_ABI */
	uint8_t mode;	     /* enum atls_mode, valid once readiness is not 0 */
	uint8_t readiness;   /* 0: OpenSSL was not used yet; 1: libcrypto, 2: libssl found */
	uint8_t provider;    /* 1 if the LTTng provider is open */
	uint8_t async_mode;  /* 1 once SSL_MODE_ASYNC was set */
	uint8_t jobs;	     /* 1 once a job was started */
	uint8_t others;	     /* 1 once another OpenSSL than the one that is traced was called */
	uint32_t stack_used; /* bytes of our stacks that a job has used, at most */
};

#define ATLS_SHIM_STATUS_ABI 2

enum atls_field_kind { ATLS_FIELD_INT, ATLS_FIELD_CODE, ATLS_FIELD_TEXT };

/* A field of an event: where it lies in the payload structure, and what it means. */
struct atls_field_desc {
	const char *name;
	const char *doc;
	const char *enumeration; /* name of the enumeration of a code, else NULL */
	uint16_t offset;	 /* bytes from the start of the payload structure */
	uint8_t size;		 /* bytes */
	uint8_t kind;		 /* enum atls_field_kind */
	uint8_t is_signed;
};

struct atls_event_desc {
	const char *name;
	const char *doc;
	unsigned int group; /* ATLS_GROUP_* */
	const struct atls_field_desc *fields;
	size_t nfields;
};

struct atls_value_desc {
	const char *text;
	int number;
};

struct atls_enum_desc {
	const char *name;
	const struct atls_value_desc *values;
	size_t nvalues;
};

/* All enumerations. Constant, static storage; usable from any thread, as is all below. */
extern const struct atls_enum_desc atls_enums[];
extern const size_t atls_nenums;

/* The descriptor of an event, or NULL if there is no such id. */
const struct atls_event_desc *atls_event_describe(int id);
/* The id of the event called name, or -1. */
int atls_event_find(const char *name);
/* The field of d called name, or NULL. */
const struct atls_field_desc *atls_field_find(const struct atls_event_desc *d, const char *name);
/* The enumeration called name, or NULL. */
const struct atls_enum_desc *atls_enum_find(const char *name);
/* The text of a value of the enumeration called name, or NULL if it has no such value. */
const char *atls_enum_text(const char *name, int number);

/* Address of field f inside the payload of e. */
void *atls_event_field(struct atls_event *e, const struct atls_field_desc *f);
