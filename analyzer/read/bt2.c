/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reference reader: any CTF, by libbabeltrace2.
 *
 *   source.ctf.fs (one a trace folder) --> filter.utils.muxer --> our sink --> handler
 *
 * Events and fields are matched by name. Those that this version does not know are ignored with one
 * warning; fields that the trace does not have are 0.
 */
#include "read/reader.h"

#include <babeltrace2/babeltrace.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/codes.h"
#include "base/log.h"
#include "read/bt2-decode.h"
#include "read/bt2-error.h"
#include "read/ctf/check.h"

struct bt2_reader {
	struct atls_reader base;
	char *path;
	bt_graph *graph;
	const bt_component_filter *muxer;
	uint64_t muxer_ports;
	struct atls_bt2_decoder decoder;
	const struct atls_handler *to;
	int handler_ret;
};

/* Keep the first damage. */
static void note_damage(struct bt2_reader *r, const char *where, const char *why)
{
	if (!r->base.damaged)
		snprintf(r->base.damage, sizeof(r->base.damage), "%.190s: %.200s", where, why);
	r->base.damaged = true;
}

static void note_error(struct bt2_reader *r, const char *where)
{
	char why[200];

	atls_bt2_take_error(why, sizeof(why));
	note_damage(r, where, why);
}

/* ---- messages ------------------------------------------------------------------------------- */

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
	struct atls_event e;
	int ret = atls_bt2_decode(&r->decoder, bt_message_event_borrow_event_const(message), &e);

	if (ret <= 0)
		return ret;
	e.ts = nanoseconds(bt_message_event_borrow_default_clock_snapshot_const(message));
	return r->to->event(r->to->ctx, &e);
}

static int take_lost_events(struct bt2_reader *r, const bt_message *message)
{
	struct atls_lost l = { 0 };
	uint64_t count = 0;

	l.ts = nanoseconds(
		bt_message_discarded_events_borrow_beginning_default_clock_snapshot_const(message));
	l.dur = nanoseconds(bt_message_discarded_events_borrow_end_default_clock_snapshot_const(
			message)) -
		l.ts;
	bt_message_discarded_events_get_count(message, &count);
	l.events = count > INT64_MAX ? 0 : (int64_t)count;
	return r->to->lost(r->to->ctx, &l);
}

static int take_lost_packets(struct bt2_reader *r, const bt_message *message)
{
	struct atls_lost l = { 0 };
	uint64_t count = 0;

	l.ts = nanoseconds(
		bt_message_discarded_packets_borrow_beginning_default_clock_snapshot_const(
			message));
	l.dur = nanoseconds(bt_message_discarded_packets_borrow_end_default_clock_snapshot_const(
			message)) -
		l.ts;
	bt_message_discarded_packets_get_count(message, &count);
	l.packets = count && count <= INT64_MAX ? (int64_t)count : 1;
	return r->to->lost(r->to->ctx, &l);
}

static void take_stream(struct bt2_reader *r, const bt_message *message)
{
	const bt_stream *stream = bt_message_stream_beginning_borrow_stream_const(message);
	const bt_trace *trace = bt_stream_borrow_trace_const(stream);
	const bt_clock_class *clock = bt_stream_class_borrow_default_clock_class_const(
		bt_stream_borrow_class_const(stream));
	const bt_value *host =
		bt_trace_borrow_environment_entry_value_by_name_const(trace, "hostname");
	int64_t seconds;
	uint64_t cycles;

	if (host && bt_value_is_string(host))
		snprintf(r->base.host, sizeof(r->base.host), "%s", bt_value_string_get(host));
	if (!clock || r->base.utc_offset_ns != ATLS_NULL)
		return;
	bt_clock_class_get_offset(clock, &seconds, &cycles);
	r->base.utc_offset_ns =
		seconds * 1000000000 + (int64_t)((unsigned __int128)cycles * 1000000000 /
						 bt_clock_class_get_frequency(clock));
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
		r->base.done++;
		return 0;
	default:
		return 0;
	}
}

/* ---- the graph ------------------------------------------------------------------------------ */

static bt_graph_simple_sink_component_consume_func_status consume(bt_message_iterator *iterator,
								  void *data)
{
	struct bt2_reader *r = data;
	bt_message_array_const messages;
	uint64_t count = 0;
	bt_message_iterator_next_status status =
		bt_message_iterator_next(iterator, &messages, &count);

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
		utils ? bt_plugin_borrow_filter_component_class_by_name_const(utils, "muxer")
		      : NULL;
	int ret = -ENOSYS;

	if (class && !bt_graph_add_filter_component(r->graph, class, "muxer", NULL,
						    BT_LOGGING_LEVEL_NONE, &r->muxer))
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
		const bt_port_output *out =
			bt_component_source_borrow_output_port_by_index_const(source, i);
		const bt_port_input *in = bt_component_filter_borrow_input_port_by_index_const(
			r->muxer, r->muxer_ports);

		if (bt_graph_connect_ports(r->graph, out, in, NULL))
			return -EIO;
		r->muxer_ports++;
	}
	return 0;
}

static int open_source(struct bt2_reader *r, const char *folder)
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
		note_error(r, folder);
	bt_value_put_ref(parameters);
	bt_plugin_put_ref(ctf);
	return ret;
}

/* A trace that cannot be opened leaves the others readable. */
static int add_source(struct bt2_reader *r, const char *folder)
{
	char why[128];

	/* The library reads a metadata file that is cut inside a packet for ever. */
	if (!atls_ctf_metadata_whole(folder, why, sizeof(why))) {
		note_damage(r, folder, why);
		return 0;
	}
	return open_source(r, folder);
}

/* ---- finding traces ------------------------------------------------------------------------- */

struct folder_scan {
	struct bt2_reader *r;
	unsigned traces;
};

static int scan(struct folder_scan *s, const char *folder);

static void scan_stream(struct bt2_reader *r, const char *folder, const char *name)
{
	char why[128];

	if (!atls_ctf_stream_whole(folder, name, &r->base.total, why, sizeof(why)))
		note_damage(r, folder, why);
}

static int scan_entry(struct folder_scan *s, const char *folder, const char *name, bool *is_trace)
{
	char path[PATH_MAX];
	struct stat st;

	if (name[0] == '.' ||
	    (size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path) ||
	    lstat(path, &st))
		return 0;
	if (S_ISDIR(st.st_mode))
		return !strcmp(name, "index") ? 0 : scan(s, path);
	if (!strcmp(name, "metadata"))
		*is_trace = true;
	else if (S_ISREG(st.st_mode))
		scan_stream(s->r, folder, name);
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
		atls_error("%s: no CTF trace here: nothing was recorded, or elsewhere", r->path);
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
		note_error(r, r->path);
	return 0;
}

static void destroy(struct atls_reader *base)
{
	struct bt2_reader *r = (struct bt2_reader *)base;

	bt_graph_put_ref(r->graph);
	atls_bt2_decoder_finish(&r->decoder);
	free(r->path);
	free(r);
}

static const struct atls_reader_ops ops = { run, destroy };

static int connect_sink(struct bt2_reader *r)
{
	const bt_component_sink *sink;

	if (!r->muxer_ports)
		return 0;
	if (bt_graph_add_simple_sink_component(r->graph, "asynctls", NULL, consume, NULL, r,
					       &sink) ||
	    bt_graph_connect_ports(
		    r->graph, bt_component_filter_borrow_output_port_by_index_const(r->muxer, 0),
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
	r->decoder.path = r->path;
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
