/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a recording back, to know that it can be read and what is in it. */
#include "record/verify.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <babeltrace2/babeltrace.h>

#include "log.h"

#define ALWAYS_READ 500000 /* events that are read however long it takes */
#define READ_NS 400000000LL

/* --- what is seen --------------------------------------------------------- */

static struct atls_seen_process *process(struct atls_seen *seen, int64_t pid)
{
	struct atls_seen_process *grown;

	/* The latest first: events of one process come in runs. */
	for (size_t i = seen->nprocesses; i-- > 0;)
		if (seen->processes[i].pid == pid)
			return &seen->processes[i];
	grown = realloc(seen->processes, (seen->nprocesses + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	seen->processes = grown;
	grown[seen->nprocesses] = (struct atls_seen_process){ .pid = pid };
	return &grown[seen->nprocesses++];
}

static int64_t context_pid(const bt_event *event)
{
	const bt_field *context = bt_event_borrow_common_context_field_const(event);
	const bt_field *pid =
		context ? bt_field_structure_borrow_member_field_by_name_const(context, "vpid")
			: NULL;

	return pid ? bt_field_integer_signed_get_value(pid) : -1;
}

/* A string field in either of the forms that an array of text can take. */
static void copy_text(const bt_field *payload, const char *name, char *buf, size_t size)
{
	const bt_field *field = bt_field_structure_borrow_member_field_by_name_const(payload, name);

	if (field && bt_field_get_class_type(field) == BT_FIELD_CLASS_TYPE_STRING)
		snprintf(buf, size, "%s", bt_field_string_get_value(field));
}

static void see_thread(struct atls_seen_process *p, const bt_event *event)
{
	const bt_field *payload = bt_event_borrow_payload_field_const(event);
	const bt_field *version =
		payload ? bt_field_structure_borrow_member_field_by_name_const(payload, "openssl")
			: NULL;

	if (version && !p->openssl)
		p->openssl = bt_field_integer_unsigned_get_value(version);
	if (payload && !*p->name)
		copy_text(payload, "comm", p->name, sizeof(p->name));
}

static void see_event(struct atls_seen *seen, const bt_message *message)
{
	const bt_event *event = bt_message_event_borrow_event_const(message);
	const char *name = bt_event_class_get_name(bt_event_borrow_class_const(event));
	struct atls_seen_process *p = process(seen, context_pid(event));

	seen->events++;
	if (!p)
		return;
	p->events++;
	if (name && !strcmp(name, "asynctls:thread"))
		see_thread(p, event);
}

static void see_message(struct atls_seen *seen, const bt_message *message)
{
	uint64_t count;

	switch (bt_message_get_type(message)) {
	case BT_MESSAGE_TYPE_EVENT:
		see_event(seen, message);
		break;
	case BT_MESSAGE_TYPE_DISCARDED_EVENTS:
		if (bt_message_discarded_events_get_count(message, &count) ==
		    BT_PROPERTY_AVAILABILITY_AVAILABLE)
			seen->lost += count;
		break;
	default:
		break;
	}
}

/* --- the reader: one source for a trace, one sink for each of its streams -- */

static bt_graph_simple_sink_component_consume_func_status
sink_consume(bt_message_iterator *messages, void *data)
{
	bt_message_array_const batch;
	uint64_t count;

	switch (bt_message_iterator_next(messages, &batch, &count)) {
	case BT_MESSAGE_ITERATOR_NEXT_STATUS_OK:
		break;
	case BT_MESSAGE_ITERATOR_NEXT_STATUS_END:
		return BT_GRAPH_SIMPLE_SINK_COMPONENT_CONSUME_FUNC_STATUS_END;
	case BT_MESSAGE_ITERATOR_NEXT_STATUS_AGAIN:
		return BT_GRAPH_SIMPLE_SINK_COMPONENT_CONSUME_FUNC_STATUS_AGAIN;
	default:
		return BT_GRAPH_SIMPLE_SINK_COMPONENT_CONSUME_FUNC_STATUS_ERROR;
	}
	for (uint64_t i = 0; i < count; i++) {
		see_message(data, batch[i]);
		bt_message_put_ref(batch[i]);
	}
	return BT_GRAPH_SIMPLE_SINK_COMPONENT_CONSUME_FUNC_STATUS_OK;
}

static bool add_sink(bt_graph *graph, const bt_port_output *port, uint64_t number,
		     struct atls_seen *seen)
{
	const bt_component_sink *component;
	char name[32];

	snprintf(name, sizeof(name), "count%llu", (unsigned long long)number);
	if (bt_graph_add_simple_sink_component(graph, name, NULL, sink_consume, NULL, seen,
					       &component))
		return false;
	return bt_graph_connect_ports(
		       graph, port,
		       bt_component_sink_borrow_input_port_by_index_const(component, 0),
		       NULL) == BT_GRAPH_CONNECT_PORTS_STATUS_OK;
}

static const bt_component_source *add_source(bt_graph *graph, const bt_plugin *ctf, const char *dir)
{
	const bt_component_class_source *fs =
		bt_plugin_borrow_source_component_class_by_name_const(ctf, "fs");
	const bt_component_source *source = NULL;
	bt_value *params = bt_value_map_create(), *inputs = NULL;

	if (fs && params && bt_value_map_insert_empty_array_entry(params, "inputs", &inputs) == 0 &&
	    bt_value_array_append_string_element(inputs, dir) == 0)
		bt_graph_add_source_component(graph, fs, "source", params, BT_LOGGING_LEVEL_NONE,
					      &source);
	bt_value_put_ref(params);
	return source;
}

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int read_all(bt_graph *graph, struct atls_seen *seen)
{
	int64_t limit = now() + READ_NS;
	bt_graph_run_once_status status;

	while ((status = bt_graph_run_once(graph)) == BT_GRAPH_RUN_ONCE_STATUS_OK)
		if (seen->events > ALWAYS_READ && now() > limit) {
			seen->complete = false;
			return 0;
		}
	return status == BT_GRAPH_RUN_ONCE_STATUS_END ? 0 : -EIO;
}

static int read_trace(const bt_plugin *ctf, const char *dir, struct atls_seen *seen)
{
	bt_graph *graph = bt_graph_create(0);
	const bt_component_source *source = graph ? add_source(graph, ctf, dir) : NULL;
	uint64_t ports = source ? bt_component_source_get_output_port_count(source) : 0;
	int err = source ? 0 : -EIO;

	for (uint64_t i = 0; i < ports && !err; i++)
		if (!add_sink(graph,
			      bt_component_source_borrow_output_port_by_index_const(source, i), i,
			      seen))
			err = -EIO;
	if (!err && ports)
		err = read_all(graph, seen);
	if (err) {
		bt_current_thread_clear_error();
		atls_error("%s: the trace cannot be read", dir);
	}
	bt_graph_put_ref(graph);
	return err;
}

/* --- the traces of a recording -------------------------------------------- */

/* For nftw, which has no place for data of the caller's. */
static struct {
	const bt_plugin *ctf;
	struct atls_seen *seen;
	int err;
} walk;

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	char dir[4096];
	int err;

	if (type != FTW_F || strcmp(path + ftw->base, "metadata"))
		return 0;
	walk.seen->traces++;
	snprintf(dir, sizeof(dir), "%.*s", ftw->base - 1, path);
	err = read_trace(walk.ctf, dir, walk.seen);
	if (err)
		walk.err = err;
	return 0;
}

int atls_verify(const char *ctf_dir, struct atls_seen *seen)
{
	*seen = (struct atls_seen){ .complete = true };
	walk.seen = seen;
	walk.err = 0;
	if (bt_plugin_find("ctf", BT_TRUE, BT_TRUE, BT_TRUE, BT_TRUE, BT_FALSE, &walk.ctf)) {
		bt_current_thread_clear_error();
		atls_error("babeltrace's CTF plugin is not installed: the trace was not checked");
		return -ENOPKG;
	}
	nftw(ctf_dir, visit, 16, FTW_PHYS);
	bt_plugin_put_ref(walk.ctf);
	return walk.err ? walk.err : seen->traces ? 0 : -ENOENT;
}

void atls_seen_finish(struct atls_seen *seen)
{
	free(seen->processes);
	*seen = (struct atls_seen){ 0 };
}
