/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reference reader: any CTF, by libbabeltrace2.
 *
 *   source.ctf.fs (one a trace folder) --> filter.utils.muxer --> our sink --> handler
 *
 * Events are matched by name, fields by name: what this version does not know is ignored with one
 * warning, what the trace does not have is 0.
 */
#include "reader.h"

#include <babeltrace2/babeltrace.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "codes.h"
#include "log.h"
#include "map.h"

#define PREFIX "asynctls:"
#define MAX_FIELDS 16

/* How one event class of the trace maps to one of ours. */
struct binding {
	int id; /* enum atls_event_id, or -1: not ours */
	int vpid, vtid; /* member of the common context, or -1 */
	size_t nfields;
	struct {
		uint64_t member; /* index in the payload */
		const struct atls_field_desc *desc;
	} fields[MAX_FIELDS];
};

struct bt2_reader {
	struct atls_reader base;
	char *path;
	bt_graph *graph;
	const bt_component_filter *muxer;
	uint64_t muxer_ports;
	struct atls_map bindings; /* by address of the event class, which lives as long as the graph */
	const struct atls_handler *to;
	int handler_ret;
	bool warned_event, warned_field;
};

/* ---- errors --------------------------------------------------------------------------------- */

/* The first cause is the one nearest to the file: it knows path, offset and reason. */
static void take_error(char *buf, size_t size)
{
	const bt_error *error = bt_current_thread_take_error();

	snprintf(buf, size, "unknown error");
	if (!error)
		return;
	if (bt_error_get_cause_count(error)) {
		const bt_error_cause *cause = bt_error_borrow_cause_by_index(error, 0);

		snprintf(buf, size, "%s", bt_error_cause_get_message(cause));
	}
	bt_error_release(error);
	for (char *c = buf; *c; c++)
		if (*c == '\n')
			*c = ' ';
}

static void note_damage(struct bt2_reader *r, const char *where)
{
	char why[sizeof(r->base.damage) / 2];

	take_error(why, sizeof(why));
	if (!r->base.damaged)
		snprintf(r->base.damage, sizeof(r->base.damage), "%.180s: %s", where, why);
	r->base.damaged = true;
}

/* ---- decoding ------------------------------------------------------------------------------- */

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

static void bind_field(struct bt2_reader *r, struct binding *b, const bt_field_class *payload, uint64_t i)
{
	const struct atls_event_desc *d = atls_event_describe(b->id);
	const char *name = bt_field_class_structure_member_get_name(
		bt_field_class_structure_borrow_member_by_index_const(payload, i));
	const struct atls_field_desc *f = atls_field_find(d, name);

	if (f && b->nfields < MAX_FIELDS) {
		b->fields[b->nfields].member = i;
		b->fields[b->nfields++].desc = f;
	} else if (!r->warned_field) {
		r->warned_field = true;
		atls_warn("%s: event %s has a field '%s' that this version does not know; it is ignored",
			  r->path, d->name, name);
	}
}

static void bind_fields(struct bt2_reader *r, struct binding *b, const bt_event_class *class)
{
	const bt_field_class *payload = bt_event_class_borrow_payload_field_class_const(class);
	uint64_t n = payload ? bt_field_class_structure_get_member_count(payload) : 0;
	const struct atls_event_desc *d = atls_event_describe(b->id);

	for (uint64_t i = 0; i < n; i++)
		bind_field(r, b, payload, i);
	if (b->nfields < d->nfields && !r->warned_field) {
		r->warned_field = true;
		atls_warn("%s: event %s lacks fields that this version knows; they count as 0", r->path,
			  d->name);
	}
}

static struct binding *bind_class(struct bt2_reader *r, const bt_event_class *class)
{
	const bt_field_class *context = bt_stream_class_borrow_event_common_context_field_class_const(
		bt_event_class_borrow_stream_class_const(class));
	const char *name = bt_event_class_get_name(class);
	struct binding *b = calloc(1, sizeof(*b));

	if (!b || atls_map_put(&r->bindings, (uintptr_t)class, b)) {
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
		bind_fields(r, b, class);
	} else if (!r->warned_event) {
		r->warned_event = true;
		atls_warn("%s: this version does not know the event %s; it is ignored", r->path, name);
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

static void decode_field(struct atls_event *e, const struct atls_field_desc *f, const bt_field *field)
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

static int64_t nanoseconds(const bt_clock_snapshot *snapshot)
{
	const bt_clock_class *clock = bt_clock_snapshot_borrow_clock_class_const(snapshot);
	uint64_t value = bt_clock_snapshot_get_value(snapshot);
	uint64_t frequency = bt_clock_class_get_frequency(clock);

	if (frequency == 1000000000)
		return (int64_t)value;
	return (int64_t)((unsigned __int128)value * 1000000000 / frequency);
}

static int take_event(struct bt2_reader *r, const bt_message *message)
{
	const bt_event *event = bt_message_event_borrow_event_const(message);
	const bt_event_class *class = bt_event_borrow_class_const(event);
	struct binding *b = atls_map_get(&r->bindings, (uintptr_t)class);
	const bt_field *context, *payload;
	struct atls_event e;

	if (!b)
		b = bind_class(r, class);
	if (!b)
		return -ENOMEM;
	if (b->id < 0)
		return 0;
	memset(&e, 0, sizeof(e));
	e.id = (uint16_t)b->id;
	e.ts = nanoseconds(bt_message_event_borrow_default_clock_snapshot_const(message));
	context = bt_event_borrow_common_context_field_const(event);
	e.pid = context_member(context, b->vpid);
	e.tid = context_member(context, b->vtid);
	payload = bt_event_borrow_payload_field_const(event);
	for (size_t i = 0; i < b->nfields; i++)
		decode_field(&e, b->fields[i].desc,
			     bt_field_structure_borrow_member_field_by_index_const(payload,
										   b->fields[i].member));
	return r->to->event(r->to->ctx, &e);
}

static int take_lost_events(struct bt2_reader *r, const bt_message *message)
{
	struct atls_lost l = { 0 };
	uint64_t count = 0;

	l.ts = nanoseconds(bt_message_discarded_events_borrow_beginning_default_clock_snapshot_const(message));
	l.dur = nanoseconds(bt_message_discarded_events_borrow_end_default_clock_snapshot_const(message)) - l.ts;
	bt_message_discarded_events_get_count(message, &count);
	l.events = count > INT64_MAX ? 0 : (int64_t)count;
	return r->to->lost(r->to->ctx, &l);
}

static int take_lost_packets(struct bt2_reader *r, const bt_message *message)
{
	struct atls_lost l = { 0 };
	uint64_t count = 0;

	l.ts = nanoseconds(bt_message_discarded_packets_borrow_beginning_default_clock_snapshot_const(message));
	l.dur = nanoseconds(bt_message_discarded_packets_borrow_end_default_clock_snapshot_const(message)) - l.ts;
	bt_message_discarded_packets_get_count(message, &count);
	l.packets = count && count <= INT64_MAX ? (int64_t)count : 1;
	return r->to->lost(r->to->ctx, &l);
}

static void take_stream(struct bt2_reader *r, const bt_message *message)
{
	const bt_stream *stream = bt_message_stream_beginning_borrow_stream_const(message);
	const bt_trace *trace = bt_stream_borrow_trace_const(stream);
	const bt_clock_class *clock =
		bt_stream_class_borrow_default_clock_class_const(bt_stream_borrow_class_const(stream));
	const bt_value *host = bt_trace_borrow_environment_entry_value_by_name_const(trace, "hostname");
	int64_t seconds;
	uint64_t cycles;

	if (host && bt_value_is_string(host))
		snprintf(r->base.host, sizeof(r->base.host), "%s", bt_value_string_get(host));
	if (!clock || r->base.utc_offset_ns != ATLS_NULL)
		return;
	bt_clock_class_get_offset(clock, &seconds, &cycles);
	r->base.utc_offset_ns = seconds * 1000000000 +
				(int64_t)((unsigned __int128)cycles * 1000000000 /
					  bt_clock_class_get_frequency(clock));
}

/* LTTng's packet header tells the packet's size, in bits. */
static void take_packet(struct bt2_reader *r, const bt_message *message)
{
	const bt_field *context = bt_packet_borrow_context_field_const(
		bt_message_packet_beginning_borrow_packet_const(message));
	const bt_field *size =
		context ? bt_field_structure_borrow_member_field_by_name_const(context, "packet_size") : NULL;

	if (size)
		r->base.bytes += (uint64_t)integer(size) / 8;
}

static int take(struct bt2_reader *r, const bt_message *message)
{
	switch (bt_message_get_type(message)) {
	case BT_MESSAGE_TYPE_EVENT:
		return take_event(r, message);
	case BT_MESSAGE_TYPE_DISCARDED_EVENTS:
		return take_lost_events(r, message);
	case BT_MESSAGE_TYPE_DISCARDED_PACKETS:
		return take_lost_packets(r, message);
	case BT_MESSAGE_TYPE_STREAM_BEGINNING:
		take_stream(r, message);
		return 0;
	case BT_MESSAGE_TYPE_PACKET_BEGINNING:
		take_packet(r, message);
		return 0;
	default:
		return 0;
	}
}

/* ---- the graph ------------------------------------------------------------------------------ */

static bt_graph_simple_sink_component_consume_func_status consume(bt_message_iterator *iterator, void *data)
{
	struct bt2_reader *r = data;
	bt_message_array_const messages;
	uint64_t count = 0;
	bt_message_iterator_next_status status = bt_message_iterator_next(iterator, &messages, &count);

	if (status != BT_MESSAGE_ITERATOR_NEXT_STATUS_OK)
		return (bt_graph_simple_sink_component_consume_func_status)status;
	for (uint64_t i = 0; i < count; i++) {
		if (!r->handler_ret)
			r->handler_ret = take(r, messages[i]);
		bt_message_put_ref(messages[i]);
	}
	return r->handler_ret ? BT_GRAPH_SIMPLE_SINK_COMPONENT_CONSUME_FUNC_STATUS_END
			      : BT_GRAPH_SIMPLE_SINK_COMPONENT_CONSUME_FUNC_STATUS_OK;
}

static const bt_plugin *plugin(const char *name)
{
	const bt_plugin *p = NULL;

	bt_plugin_find(name, BT_TRUE, BT_FALSE, BT_TRUE, BT_TRUE, BT_FALSE, &p);
	return p;
}

static int add_muxer(struct bt2_reader *r)
{
	const bt_plugin *utils = plugin("utils");
	const bt_component_class_filter *class =
		utils ? bt_plugin_borrow_filter_component_class_by_name_const(utils, "muxer") : NULL;
	int ret = -ENOSYS;

	if (class && !bt_graph_add_filter_component(r->graph, class, "muxer", NULL, BT_LOGGING_LEVEL_NONE,
						    &r->muxer))
		ret = 0;
	bt_plugin_put_ref(utils);
	return ret;
}

static bt_value *source_parameters(const char *folder)
{
	bt_value *map = bt_value_map_create(), *inputs = NULL;

	if (map && !bt_value_map_insert_empty_array_entry(map, "inputs", &inputs) &&
	    !bt_value_array_append_string_element(inputs, folder))
		return map;
	bt_value_put_ref(map);
	return NULL;
}

static int connect_source(struct bt2_reader *r, const bt_component_source *source)
{
	uint64_t n = bt_component_source_get_output_port_count(source);

	for (uint64_t i = 0; i < n; i++) {
		const bt_port_output *out = bt_component_source_borrow_output_port_by_index_const(source, i);
		const bt_port_input *in =
			bt_component_filter_borrow_input_port_by_index_const(r->muxer, r->muxer_ports);

		if (bt_graph_connect_ports(r->graph, out, in, NULL))
			return -EIO;
		r->muxer_ports++;
	}
	return 0;
}

/* A trace that cannot be opened leaves the others readable. */
static int add_source(struct bt2_reader *r, const char *folder)
{
	const bt_plugin *ctf = plugin("ctf");
	const bt_component_class_source *class =
		ctf ? bt_plugin_borrow_source_component_class_by_name_const(ctf, "fs") : NULL;
	const bt_component_source *source = NULL;
	bt_value *parameters = source_parameters(folder);
	int ret = class && parameters ? 0 : -ENOSYS;

	/* The folder is unique and so a good name. */
	if (!ret && (bt_graph_add_source_component(r->graph, class, folder, parameters,
						   BT_LOGGING_LEVEL_NONE, &source) ||
		     connect_source(r, source)))
		note_damage(r, folder);
	bt_value_put_ref(parameters);
	bt_plugin_put_ref(ctf);
	return ret;
}

/* ---- finding traces ------------------------------------------------------------------------- */

struct folder_scan {
	struct bt2_reader *r;
	unsigned traces;
};

static int scan(struct folder_scan *s, const char *folder);

static int scan_entry(struct folder_scan *s, const char *folder, const char *name, bool *is_trace)
{
	char path[PATH_MAX];
	struct stat st;

	if (name[0] == '.' || (size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path) ||
	    lstat(path, &st))
		return 0;
	if (S_ISDIR(st.st_mode))
		return !strcmp(name, "index") ? 0 : scan(s, path);
	if (!strcmp(name, "metadata"))
		*is_trace = true;
	else if (S_ISREG(st.st_mode))
		s->r->base.bytes_total += (uint64_t)st.st_size;
	return 0;
}

/* A folder with a file called metadata is a trace. */
static int scan(struct folder_scan *s, const char *folder)
{
	DIR *dir = opendir(folder);
	bool is_trace = false;
	struct dirent *entry;
	int ret = 0;

	if (!dir) {
		int err = errno;

		atls_error("%s: %s", folder, strerror(err));
		return -err;
	}
	while (!ret && (entry = readdir(dir)))
		ret = scan_entry(s, folder, entry->d_name, &is_trace);
	closedir(dir);
	if (ret || !is_trace)
		return ret;
	s->traces++;
	return add_source(s->r, folder);
}

static int add_sources(struct bt2_reader *r)
{
	struct folder_scan s = { .r = r };
	int ret = scan(&s, r->path);

	if (ret)
		return ret;
	if (!s.traces) {
		atls_error("%s: no CTF trace here (no folder has a file 'metadata'); nothing was recorded, or not to here", r->path);
		return -EINVAL;
	}
	if (!r->muxer_ports && r->base.damaged) {
		atls_error("%s", r->base.damage);
		return -EINVAL;
	}
	return 0;
}

/* ---- the reader ----------------------------------------------------------------------------- */

static int run(struct atls_reader *base, const struct atls_handler *to)
{
	struct bt2_reader *r = (struct bt2_reader *)base;
	bt_graph_run_status status;

	if (!r->muxer_ports)
		return 0; /* metadata, but no stream */
	r->to = to;
	status = bt_graph_run(r->graph);
	if (r->handler_ret)
		return r->handler_ret;
	if (status != BT_GRAPH_RUN_STATUS_OK)
		note_damage(r, r->path);
	return 0;
}

static void destroy(struct atls_reader *base)
{
	struct bt2_reader *r = (struct bt2_reader *)base;
	struct binding *b;
	size_t cursor = 0;

	bt_graph_put_ref(r->graph);
	while ((b = atls_map_next(&r->bindings, &cursor)))
		free(b);
	atls_map_finish(&r->bindings);
	free(r->path);
	free(r);
}

static const struct atls_reader_ops ops = { run, destroy };

static int connect_sink(struct bt2_reader *r)
{
	const bt_component_sink *sink;

	if (!r->muxer_ports)
		return 0;
	if (bt_graph_add_simple_sink_component(r->graph, "asynctls", NULL, consume, NULL, r, &sink) ||
	    bt_graph_connect_ports(r->graph,
				   bt_component_filter_borrow_output_port_by_index_const(r->muxer, 0),
				   bt_component_sink_borrow_input_port_by_index_const(sink, 0), NULL))
		return -ENOMEM;
	return 0;
}

int atls_reader_bt2_create(const char *path, struct atls_reader **out)
{
	struct bt2_reader *r = calloc(1, sizeof(*r));
	int ret = -ENOMEM;

	if (!r)
		return ret;
	r->base.ops = &ops;
	r->base.utc_offset_ns = ATLS_NULL;
	r->path = strdup(path);
	r->graph = bt_graph_create(0);
	if (r->path && r->graph)
		ret = add_muxer(r);
	if (!ret)
		ret = add_sources(r);
	if (!ret)
		ret = connect_sink(r);
	if (ret == -ENOSYS)
		atls_error("babeltrace2's plugins ctf and utils are not installed");
	if (ret) {
		destroy(&r->base);
		return ret;
	}
	*out = &r->base;
	return 0;
}
