/* SPDX-License-Identifier: Apache-2.0 */
/* How to decode a trace's packets, computed from its metadata. */
#include "read/ctf/plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define PREFIX "asynctls:"
#define MAX_ID 4096

struct maker {
	struct atls_ctf_plan *plan;
	const struct atls_ctf_metadata *m;
	const char *path;
	bool warned_event, warned_field;
	char *why;
	size_t why_size;
};

static int refuse(struct maker *k, const char *what, const char *name)
{
	snprintf(k->why, k->why_size, "metadata: %s %s", what, name ? name : "");
	return -ENOTSUP;
}

/* Bytes of a type of fixed size that needs no more than byte alignment; -1 for any other. */
static int64_t fixed_size(const struct atls_ctf_type *t, unsigned depth)
{
	int64_t size = 0, part;

	if (!t || t->align > 8 || depth > 16)
		return -1;
	switch (t->kind) {
	case ATLS_CTF_INTEGER:
		return t->size % 8 ? -1 : (int64_t)(t->size / 8);
	case ATLS_CTF_ARRAY:
		part = fixed_size(t->element, depth + 1);
		return part < 0 || part > 65536 ? -1 : part * (int64_t)t->length;
	case ATLS_CTF_STRUCT:
		for (size_t i = 0; i < t->nfields; i++) {
			part = fixed_size(t->fields[i].type, depth + 1);
			if (part < 0)
				return -1;
			size += part;
		}
		return size > 65535 ? -1 : size;
	default:
		return -1;
	}
}

/* ---- packet header, packet context, event context ------------------------------------------- */

struct wanted {
	const char *name;
	struct atls_ctf_slot *slot;
};

/* Find integers by name in a structure of fixed size. */
static int find_slots(struct maker *k, const struct atls_ctf_type *t, const char *what,
		      const struct wanted *list, size_t n, uint32_t *size)
{
	int64_t offset = 0;

	*size = 0;
	if (!t)
		return 0;
	if (t->kind != ATLS_CTF_STRUCT || fixed_size(t, 0) < 0)
		return refuse(k, "a layout that is not of fixed size or not of whole bytes:", what);
	for (size_t i = 0; i < t->nfields; i++) {
		const struct atls_ctf_type *f = t->fields[i].type;

		for (size_t w = 0; w < n; w++)
			if (f->kind == ATLS_CTF_INTEGER && !strcmp(t->fields[i].name, list[w].name))
				*list[w].slot = (struct atls_ctf_slot){ (uint16_t)offset,
									(uint8_t)(f->size / 8),
									f->is_signed };
		offset += fixed_size(f, 0);
	}
	*size = (uint32_t)offset;
	return 0;
}

static int plan_packet_header(struct maker *k)
{
	struct atls_ctf_plan *p = k->plan;
	const struct atls_ctf_type *t = k->m->packet_header;
	const struct wanted list[] = { { "magic", &p->magic }, { "stream_id", &p->stream_id } };
	int64_t offset = 0;
	int ret = find_slots(k, t, "the packet header", list, 2, &p->packet_header_size);

	if (!ret && p->magic.size != 4)
		ret = refuse(k, "a packet header without magic", NULL);
	for (size_t i = 0; !ret && i < t->nfields; i++) {
		int64_t size = fixed_size(t->fields[i].type, 0);

		if (!strcmp(t->fields[i].name, "uuid") && size == 16 && k->m->has_uuid) {
			p->uuid = (uint16_t)offset;
			p->has_uuid = true;
		}
		offset += size;
	}
	return ret;
}

/* ---- the event header ----------------------------------------------------------------------- */

static bool is_integer(const struct atls_ctf_type *t, unsigned size, unsigned align)
{
	return t && t->kind == ATLS_CTF_INTEGER && t->size == size && t->align == align;
}

static const struct atls_ctf_type *member(const struct atls_ctf_type *t, size_t n, size_t i,
					  const char *name)
{
	if (!t || (t->kind != ATLS_CTF_STRUCT && t->kind != ATLS_CTF_VARIANT) || t->nfields != n ||
	    strcmp(t->fields[i].name, name))
		return NULL;
	return t->fields[i].type;
}

static bool label_is(const struct atls_ctf_type *t, size_t i, const char *name, int64_t low,
		     int64_t high)
{
	const struct atls_ctf_label *l = &t->labels[i];

	return !strcmp(l->name, name) && l->low == low && l->high == high;
}

/*
 *   compact   id (5 bits)  time (27 bits)     or, where id is 31:      31 in 5 bits, gap to a byte,
 *   large     id (16)      time (32)      or, where id is 65535:   65535, id (32), time (64)
 */
static bool is_header(const struct atls_ctf_type *h, unsigned id_bits, unsigned time_bits)
{
	const struct atls_ctf_type *id = member(h, 2, 0, "id"), *v = member(h, 2, 1, "v");
	const struct atls_ctf_type *compact = member(v, 2, 0, "compact");
	const struct atls_ctf_type *extended = member(v, 2, 1, "extended");
	const struct atls_ctf_type *time = member(compact, 1, 0, "timestamp");
	int64_t last = (1 << id_bits) - 1;
	unsigned align = id_bits % 8 ? 1 : 8;

	return is_integer(id, id_bits, align) && id->nlabels == 2 &&
	       label_is(id, 0, "compact", 0, last - 1) && label_is(id, 1, "extended", last, last) &&
	       v && v->kind == ATLS_CTF_VARIANT && v->tag && !strcmp(v->tag, "id") &&
	       h->align <= 8 && is_integer(time, time_bits, align) && time->has_clock &&
	       is_integer(member(extended, 2, 0, "id"), 32, 8) &&
	       is_integer(member(extended, 2, 1, "timestamp"), 64, 8);
}

/* ---- events --------------------------------------------------------------------------------- */

static bool is_text(const struct atls_ctf_type *t)
{
	return t->kind == ATLS_CTF_ARRAY && t->element->kind == ATLS_CTF_INTEGER &&
	       t->element->size == 8 && t->element->is_text;
}

/* Copies that go on where the last one ended become one with it. */
static void join_copies(struct atls_ctf_event_plan *e)
{
	struct atls_ctf_copy *b = &e->copies[e->ncopies - 1], *a = b - 1;

	if (e->ncopies < 2 || a->kind != ATLS_CTF_COPY || b->kind != ATLS_CTF_COPY ||
	    a->from + a->from_size != b->from || a->to + a->to_size != b->to ||
	    a->to_size + b->to_size > 32)
		return;
	a->from_size += b->from_size;
	a->to_size += b->to_size;
	e->ncopies--;
}

static void warn_field(struct maker *k, const char *event, const char *field)
{
	if (!k->warned_field)
		atls_warn(
			"%s: event %s has a field '%s' that this version does not know; it is ignored",
			k->path, event, field);
	k->warned_field = true;
}

static bool plan_copy(struct atls_ctf_event_plan *e, const struct atls_field_desc *f,
		      const struct atls_ctf_type *t, int64_t offset)
{
	struct atls_ctf_copy *c = &e->copies[e->ncopies];
	int64_t size = fixed_size(t, 0);
	bool text = f->kind == ATLS_FIELD_TEXT;

	if (e->ncopies == ATLS_CTF_MAX_COPIES || size > 255 ||
	    (text ? !is_text(t) : t->kind != ATLS_CTF_INTEGER))
		return false;
	*c = (struct atls_ctf_copy){
		.from = (uint16_t)offset,
		.to = (uint16_t)(offsetof(struct atls_event, thread) + f->offset),
		.from_size = (uint8_t)size,
		.to_size = f->size,
		.kind = text		  ? ATLS_CTF_COPY_TEXT
			: size >= f->size ? ATLS_CTF_COPY
					  : ATLS_CTF_COPY_INTEGER,
		.is_signed = t->is_signed,
	};
	if (c->kind == ATLS_CTF_COPY && size > f->size)
		c->kind = ATLS_CTF_COPY_INTEGER; /* the low bytes are the value */
	e->ncopies++;
	join_copies(e);
	return true;
}

/*
 * Where all fields are there, and in the catalogue's order, a copy may spill over into the field
 * that comes next: that one is copied after it.
 */
static void widen_copies(struct atls_ctf_event_plan *e)
{
	for (unsigned i = 1; i < e->ncopies; i++)
		if (e->copies[i].to < e->copies[i - 1].to)
			return;
	for (unsigned i = 0; i < e->ncopies; i++) {
		struct atls_ctf_copy *c = &e->copies[i];

		if (c->kind == ATLS_CTF_COPY && c->to_size <= 16 &&
		    c->to + 16u <= sizeof(struct atls_event))
			c->kind = ATLS_CTF_COPY_BLOCK;
	}
}

static int plan_our_event(struct maker *k, struct atls_ctf_event_plan *e,
			  const struct atls_ctf_type *t)
{
	const struct atls_event_desc *d = atls_event_describe(e->id);
	size_t known = 0;
	int64_t offset = 0;

	for (size_t i = 0; t && i < t->nfields; i++) {
		const struct atls_ctf_type *type = t->fields[i].type;
		const struct atls_field_desc *f = atls_field_find(d, t->fields[i].name);

		if (f && plan_copy(e, f, type, offset))
			known++;
		else if (!f)
			warn_field(k, d->name, t->fields[i].name);
		else
			return refuse(k, "a field of another type:", t->fields[i].name);
		offset += fixed_size(type, 0);
	}
	if (known == d->nfields)
		widen_copies(e);
	if (known < d->nfields && !k->warned_field) {
		k->warned_field = true;
		atls_warn("%s: event %s lacks fields that this version knows; they count as 0",
			  k->path, d->name);
	}
	return 0;
}

/* Only to be passed over. */
static int plan_foreign_event(struct maker *k, struct atls_ctf_event_plan *e,
			      const struct atls_ctf_event_class *class)
{
	uint32_t fixed = 0, last = 0;

	for (size_t i = 0; i < class->payload->nfields; i++) {
		const struct atls_ctf_type *t = class->payload->fields[i].type;
		struct atls_ctf_step *s = &e->steps[e->nsteps];
		int64_t size = fixed_size(t, 0);

		if (size >= 0) {
			fixed += (uint32_t)size;
			last = t->kind == ATLS_CTF_INTEGER ? (uint32_t)size : 0;
			continue;
		}
		if (e->nsteps == ATLS_CTF_MAX_STEPS || t->align > 8 ||
		    (t->kind != ATLS_CTF_STRING &&
		     (t->kind != ATLS_CTF_SEQUENCE || !last || fixed_size(t->element, 0) < 0 ||
		      strcmp(class->payload->fields[i - 1].name, t->tag))))
			return refuse(k, "a layout that is not understood: event", class->name);
		s->fixed = fixed;
		s->is_string = t->kind == ATLS_CTF_STRING;
		s->length_size = (uint8_t)last;
		s->element = s->is_string ? 0 : (uint32_t)fixed_size(t->element, 0);
		e->nsteps++;
		fixed = last = 0;
	}
	e->size = fixed;
	return 0;
}

static void name_event(struct maker *k, struct atls_ctf_event_plan *e, const char *name)
{
	e->id = -1;
	if (!name || strncmp(name, PREFIX, strlen(PREFIX)))
		return; /* LTTng's own, such as lttng_ust_statedump */
	e->id = atls_event_find(name + strlen(PREFIX));
	if (e->id < 0 && !k->warned_event) {
		k->warned_event = true;
		atls_warn("%s: this version does not know the event %s; it is ignored", k->path,
			  name);
	}
}

static int plan_event(struct maker *k, struct atls_ctf_stream_plan *s,
		      const struct atls_ctf_event_class *class)
{
	struct atls_ctf_event_plan *e = calloc(1, sizeof(*e));
	int64_t size = class->payload ? fixed_size(class->payload, 0) : 0;

	if (!e)
		return -ENOMEM;
	free(s->events[class->id]);
	s->events[class->id] = e;
	name_event(k, e, class->name);
	if (class->payload && class->payload->kind != ATLS_CTF_STRUCT)
		return refuse(k, "a payload that is no structure: event", class->name);
	if (size >= 0)
		e->size = (uint32_t)size;
	if (size >= 0 && e->id < 0)
		return 0;
	if (size < 0 && e->id < 0)
		return plan_foreign_event(k, e, class);
	if (size < 0)
		return refuse(k, "a layout that is not of fixed size: event", class->name);
	return plan_our_event(k, e, class->payload);
}

static int plan_events(struct maker *k, struct atls_ctf_stream_plan *s)
{
	const struct atls_ctf_metadata *m = k->m;
	int ret = 0;

	for (size_t i = 0; i < m->nevents; i++)
		if (m->events[i].stream_id == s->id && m->events[i].id >= s->nevents) {
			if (m->events[i].id >= MAX_ID)
				return refuse(k, "an event of that id:", m->events[i].name);
			s->nevents = m->events[i].id + 1;
		}
	s->events = calloc(s->nevents + 1, sizeof(struct atls_ctf_event_plan *));
	if (!s->events)
		return -ENOMEM;
	for (size_t i = 0; i < m->nevents && !ret; i++)
		if (m->events[i].stream_id == s->id)
			ret = plan_event(k, s, &m->events[i]);
	return ret;
}

/* ---- streams -------------------------------------------------------------------------------- */

static int plan_stream(struct maker *k, struct atls_ctf_stream_plan *s,
		       const struct atls_ctf_stream_class *class)
{
	const struct wanted packet[] = {
		{ "timestamp_begin", &s->begin },   { "timestamp_end", &s->end },
		{ "content_size", &s->content },    { "packet_size", &s->whole },
		{ "packet_seq_num", &s->sequence }, { "events_discarded", &s->discarded },
	};
	const struct wanted context[] = { { "vpid", &s->pid }, { "vtid", &s->tid } };
	int ret;

	s->id = class->id;
	ret = find_slots(k, class->packet_context, "the packet context", packet, 6,
			 &s->packet_context_size);
	if (!ret && (!s->begin.size || !s->content.size || !s->whole.size))
		ret = refuse(k, "a packet context without times or sizes", NULL);
	if (!ret)
		ret = find_slots(k, class->event_context, "the event context", context, 2,
				 &s->event_context_size);
	s->is_large = is_header(class->event_header, 16, 32);
	if (!ret && !s->is_large && !is_header(class->event_header, 5, 27))
		ret = refuse(k, "an event header that is not LTTng's", NULL);
	return ret ? ret : plan_events(k, s);
}

int atls_ctf_plan_make(struct atls_ctf_plan *plan, const struct atls_ctf_metadata *m,
		       const char *path, char *why, size_t why_size)
{
	struct maker k = { .plan = plan, .m = m, .path = path, .why = why, .why_size = why_size };
	int ret;

	*plan = (struct atls_ctf_plan){ 0 };
	if (m->frequency != 1000000000)
		return refuse(&k, "a clock that does not count nanoseconds", NULL);
	ret = plan_packet_header(&k);
	if (ret)
		return ret;
	plan->streams = calloc(m->nstreams, sizeof(*plan->streams));
	if (!plan->streams)
		return -ENOMEM;
	for (; plan->nstreams < m->nstreams && !ret; plan->nstreams++)
		ret = plan_stream(&k, &plan->streams[plan->nstreams], &m->streams[plan->nstreams]);
	return ret;
}

void atls_ctf_plan_finish(struct atls_ctf_plan *plan)
{
	for (size_t i = 0; i < plan->nstreams; i++) {
		struct atls_ctf_stream_plan *s = &plan->streams[i];

		for (uint32_t id = 0; s->events && id < s->nevents; id++)
			free(s->events[id]);
		free(s->events);
	}
	free(plan->streams);
	*plan = (struct atls_ctf_plan){ 0 };
}
