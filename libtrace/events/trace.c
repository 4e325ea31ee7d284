/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors of events, fields and enumerations, for whoever handles events by name. */
#include "events/trace.h"

#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* clang-format off */

/*
 * One function per event, because a field's macro does not know its event's name: the typedef in
 * the function's scope does.
 */
#define ATLS_ENUM(name, values)
#define ATLS_INT(type, field, doc)                                                                 \
	{ #field, doc, NULL, offsetof(payload, field), sizeof(type), ATLS_FIELD_INT,               \
	  (type)-1 < (type)1 },
#define ATLS_CODE(enumeration, field, doc)                                                         \
	{ #field, doc, #enumeration, offsetof(payload, field), 1, ATLS_FIELD_CODE, 0 },
#define ATLS_TEXT(bytes, field, doc)                                                               \
	{ #field, doc, NULL, offsetof(payload, field), bytes, ATLS_FIELD_TEXT, 0 },
#define ATLS_EVENT(name, group, doc, fields)                                                       \
	static const struct atls_event_desc *describe_##name(void)                                 \
	{                                                                                          \
		typedef struct atls_##name payload;                                                \
		static const struct atls_field_desc list[] = { fields };                           \
		static const struct atls_event_desc desc = {                                       \
			#name, doc, ATLS_GROUP_##group, list, LENGTH(list)                         \
		};                                                                                 \
		return &desc;                                                                      \
	}
#include "events/catalogue.def"
#undef ATLS_ENUM
#undef ATLS_INT
#undef ATLS_CODE
#undef ATLS_TEXT
#undef ATLS_EVENT

static const struct atls_event_desc *(*const describe[])(void) = {
#define ATLS_ENUM(name, values)
#define ATLS_EVENT(name, group, doc, fields) describe_##name,
#include "events/catalogue.def"
#undef ATLS_ENUM
#undef ATLS_EVENT
};

#define ATLS_VALUE(symbol, text, number) { text, number },
#define ATLS_ENUM(name, values) static const struct atls_value_desc name##_values[] = { values };
#define ATLS_EVENT(name, group, doc, fields)
#include "events/catalogue.def"
#undef ATLS_VALUE
#undef ATLS_ENUM

const struct atls_enum_desc atls_enums[] = {
#define ATLS_ENUM(name, values) { #name, name##_values, LENGTH(name##_values) },
#include "events/catalogue.def"
#undef ATLS_ENUM
#undef ATLS_EVENT
};
/* clang-format on */

const size_t atls_nenums = LENGTH(atls_enums);

const struct atls_event_desc *atls_event_describe(int id)
{
	return id >= 0 && id < ATLS_EV_COUNT ? describe[id]() : NULL;
}

int atls_event_find(const char *name)
{
	for (int id = 0; id < ATLS_EV_COUNT; id++)
		if (!strcmp(describe[id]()->name, name))
			return id;
	return -1;
}

const struct atls_field_desc *atls_field_find(const struct atls_event_desc *d, const char *name)
{
	for (size_t i = 0; i < d->nfields; i++)
		if (!strcmp(d->fields[i].name, name))
			return &d->fields[i];
	return NULL;
}

const struct atls_enum_desc *atls_enum_find(const char *name)
{
	for (size_t i = 0; i < atls_nenums; i++)
		if (!strcmp(atls_enums[i].name, name))
			return &atls_enums[i];
	return NULL;
}

const char *atls_enum_text(const char *name, int number)
{
	const struct atls_enum_desc *e = atls_enum_find(name);

	for (size_t i = 0; e && i < e->nvalues; i++)
		if (e->values[i].number == number)
			return e->values[i].text;
	return NULL;
}

void *atls_event_field(struct atls_event *e, const struct atls_field_desc *f)
{
	/* The payloads share one union, so each starts where the first does. */
	return (char *)&e->thread + f->offset;
}
