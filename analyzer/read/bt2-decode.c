/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libbabeltrace2's events as ours. Names are matched once for each event class of the trace, which
 * makes a binding; an event is decoded by its binding alone.
 */
#include "read/bt2-decode.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define PREFIX "asynctls:"
#define MAX_FIELDS 16

/* How one event class of the trace maps to one of ours. */
struct binding {
	int id;		/* enum atls_event_id, or -1: not ours */
	int vpid, vtid; /* member of the common context, or -1 */
	size_t nfields;
	struct {
		uint64_t member; /* index in the payload */
		const struct atls_field_desc *desc;
	} fields[MAX_FIELDS];
};

static int member_index(const bt_field_class *fields, const char *name)
{
	uint64_t n = fields ? bt_field_class_structure_get_member_count(fields) : 0;

	for (uint64_t i = 0; i < n; i++) {
		const bt_field_class_structure_member *m =
			bt_field_class_structure_borrow_member_by_index_const(fields, i);

		if (!strcmp(bt_field_class_structure_member_get_name(m), name))
			return (int)i;
	}
	return -1;
}

static void bind_field(struct atls_bt2_decoder *d, struct binding *b, const bt_field_class *payload,
		       uint64_t i)
{
	const struct atls_event_desc *event = atls_event_describe(b->id);
	const char *name = bt_field_class_structure_member_get_name(
		bt_field_class_structure_borrow_member_by_index_const(payload, i));
	const struct atls_field_desc *f = atls_field_find(event, name);

	if (f && b->nfields < MAX_FIELDS) {
		b->fields[b->nfields].member = i;
		b->fields[b->nfields++].desc = f;
	} else if (!d->warned_field) {
		d->warned_field = true;
		atls_warn(
			"%s: event %s has a field '%s' that this version does not know; it is ignored",
			d->path, event->name, name);
	}
}

static void bind_fields(struct atls_bt2_decoder *d, struct binding *b, const bt_event_class *class)
{
	const bt_field_class *payload = bt_event_class_borrow_payload_field_class_const(class);
	uint64_t n = payload ? bt_field_class_structure_get_member_count(payload) : 0;
	const struct atls_event_desc *event = atls_event_describe(b->id);

	for (uint64_t i = 0; i < n; i++)
		bind_field(d, b, payload, i);
	if (b->nfields < event->nfields && !d->warned_field) {
		d->warned_field = true;
		atls_warn("%s: event %s lacks fields that this version knows; they count as 0",
			  d->path, event->name);
	}
}

static struct binding *bind_class(struct atls_bt2_decoder *d, const bt_event_class *class)
{
	const bt_field_class *context =
		bt_stream_class_borrow_event_common_context_field_class_const(
			bt_event_class_borrow_stream_class_const(class));
	const char *name = bt_event_class_get_name(class);
	struct binding *b = calloc(1, sizeof(*b));

	if (!b || atls_map_put(&d->bindings, (uintptr_t) class, b)) {
		free(b);
		return NULL;
	}
	b->id = -1;
	if (!name || strncmp(name, PREFIX, strlen(PREFIX)))
		return b; /* LTTng's own, such as lttng_ust_statedump */
	b->id = atls_event_find(name + strlen(PREFIX));
	b->vpid = member_index(context, "vpid");
	b->vtid = member_index(context, "vtid");
	if (b->id >= 0) {
		bind_fields(d, b, class);
	} else if (!d->warned_event) {
		d->warned_event = true;
		atls_warn("%s: this version does not know the event %s; it is ignored", d->path,
			  name);
	}
	return b;
}

static int64_t integer(const bt_field *field)
{
	bt_field_class_type type = bt_field_get_class_type(field);

	if (bt_field_class_type_is(type, BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER))
		return (int64_t)bt_field_integer_unsigned_get_value(field);
	if (bt_field_class_type_is(type, BT_FIELD_CLASS_TYPE_SIGNED_INTEGER))
		return bt_field_integer_signed_get_value(field);
	return 0;
}

static void decode_field(struct atls_event *e, const struct atls_field_desc *f,
			 const bt_field *field)
{
	void *to = atls_event_field(e, f);
	int64_t number;

	if (f->kind != ATLS_FIELD_TEXT) {
		number = integer(field);
		memcpy(to, &number, f->size); /* little-endian host: the low bytes are the value */
	} else if (bt_field_get_class_type(field) == BT_FIELD_CLASS_TYPE_STRING) {
		snprintf(to, f->size, "%s", bt_field_string_get_value(field));
	}
}

static uint32_t context_member(const bt_field *context, int index)
{
	if (index < 0 || !context)
		return 0;
	return (uint32_t)integer(
		bt_field_structure_borrow_member_field_by_index_const(context, (uint64_t)index));
}

int atls_bt2_decode(struct atls_bt2_decoder *d, const bt_event *event, struct atls_event *e)
{
	const bt_event_class *class = bt_event_borrow_class_const(event);
	struct binding *b = atls_map_get(&d->bindings, (uintptr_t) class);
	const bt_field *context, *payload;

	if (!b)
		b = bind_class(d, class);
	if (!b)
		return -ENOMEM;
	if (b->id < 0)
		return 0;
	memset(e, 0, sizeof(*e));
	e->id = (uint16_t)b->id;
	context = bt_event_borrow_common_context_field_const(event);
	e->pid = context_member(context, b->vpid);
	e->tid = context_member(context, b->vtid);
	payload = bt_event_borrow_payload_field_const(event);
	for (size_t i = 0; i < b->nfields; i++)
		decode_field(e, b->fields[i].desc,
			     bt_field_structure_borrow_member_field_by_index_const(
				     payload, b->fields[i].member));
	return 1;
}

void atls_bt2_decoder_finish(struct atls_bt2_decoder *d)
{
	struct binding *b;
	size_t cursor = 0;

	while ((b = atls_map_next(&d->bindings, &cursor)))
		free(b);
	atls_map_finish(&d->bindings);
}
