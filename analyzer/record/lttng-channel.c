/* SPDX-License-Identifier: Apache-2.0 */
/* The channel of an LTTng session, its events and their context. */
#include "record/lttng-channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "events/groups.h"
#include "events/trace.h"
#include "record/lttng-private.h"

#define SUBBUF_COUNT 8
#define SUBBUF_MOST (1 << 20)
#define SUBBUF_LEAST (64 << 10) /* if nobody asks for less */
#define SUBBUF_SMALLEST 4096
#define BUFFERS_MOST (160 << 20) /* bytes of shared memory for each user with traced processes */

static int add_channel(struct lttng_handle *handle, struct lttng_domain *domain, const char *name,
		       bool overwrite, uint64_t size, uint64_t count, unsigned int switch_us)
{
	struct lttng_channel *channel = lttng_channel_create(domain);
	int code;

	if (!channel)
		return atls_lttng_fail("create channel", LTTNG_ERR_NOMEM);
	strcpy(channel->name, name);
	channel->enabled = 1;
	channel->attr.overwrite = overwrite;
	channel->attr.subbuf_size = size;
	channel->attr.num_subbuf = count;
	channel->attr.switch_timer_interval = switch_us;
	channel->attr.output = LTTNG_EVENT_MMAP;
	code = lttng_enable_channel(handle, channel);
	lttng_channel_destroy(channel);
	return code < 0 ? atls_lttng_fail("enable channel", code) : 0;
}

/*
 * Each user's processes share buffers of processors x (count + 1) x size. Eight of 1 MB lost
 * nothing at 11 million events/s; on many processors, or where /dev/shm is small, less must do.
 */
static uint64_t usual_size(void)
{
	long processors = sysconf(_SC_NPROCESSORS_CONF);
	uint64_t most = BUFFERS_MOST, size = SUBBUF_MOST;
	struct statvfs shm;

	if (!statvfs("/dev/shm", &shm) && (uint64_t)shm.f_bavail * shm.f_frsize / 4 < most)
		most = (uint64_t)shm.f_bavail * shm.f_frsize / 4;
	while (size > SUBBUF_LEAST && processors * (SUBBUF_COUNT + 1) * size > most)
		size /= 2;
	return size;
}

/* The largest power of two with which the buffers take no more than was asked for. */
static uint64_t subbuf_size(uint64_t asked)
{
	uint64_t size = SUBBUF_SMALLEST;

	if (!asked)
		return usual_size();
	while (size * 2 * SUBBUF_COUNT <= asked)
		size *= 2;
	return size;
}

static int add_channels(struct lttng_handle *handle, struct lttng_domain *ust,
			const struct atls_lttng_plan *plan)
{
	int err = 0;

	/*
	 * Metadata reach the disk within 100 ms, data within 200 ms, so that a recording whose
	 * daemon is killed can still be read. The metadata channel must be the first. A ring has
	 * nothing on disk, and its snapshots are complete.
	 */
	if (!plan->ring)
		err = add_channel(handle, ust, "metadata", false, 4096, 2, 100000);
	return err ? err
		   : add_channel(handle, ust, CHANNEL, plan->ring, subbuf_size(plan->buffer),
				 SUBBUF_COUNT, plan->ring ? 0 : 200000);
}

static int enable(struct lttng_handle *handle, const char *pattern, int nexcluded, char **excluded)
{
	struct lttng_event *event = lttng_event_create();
	int code = -LTTNG_ERR_NOMEM;

	if (event) {
		event->type = LTTNG_EVENT_TRACEPOINT;
		event->loglevel_type = LTTNG_EVENT_LOGLEVEL_ALL;
		event->loglevel = -1;
		snprintf(event->name, sizeof(event->name), PROVIDER "%s", pattern);
		code = lttng_enable_event_with_exclusions(handle, event, CHANNEL, NULL, nexcluded,
							  excluded);
	}
	lttng_event_destroy(event);
	return code < 0 ? atls_lttng_fail("enable events", code) : 0;
}

/* All of them with a few exceptions, since each rule costs the traced programs some start-up. */
static int enable_events(struct lttng_handle *handle, unsigned int groups)
{
	char names[ATLS_EV_COUNT][LTTNG_SYMBOL_NAME_LEN], *excluded[ATLS_EV_COUNT];
	int n = 0;

	for (int id = 0; id < ATLS_EV_COUNT; id++) {
		const struct atls_event_desc *event = atls_event_describe(id);

		if (event->group & groups)
			continue;
		snprintf(names[n], sizeof(names[n]), PROVIDER "%s", event->name);
		excluded[n] = names[n];
		n++;
	}
	return enable(handle, "*", n, excluded);
}

static int add_context(struct lttng_handle *handle, enum lttng_event_context_type type)
{
	struct lttng_event_context context = { .ctx = type };
	int code = lttng_add_context(handle, &context, NULL, CHANNEL);

	return code < 0 ? atls_lttng_fail("add context", code) : 0;
}

int atls_lttng_channel_add(struct lttng_handle *handle, struct lttng_domain *ust,
			   const struct atls_lttng_plan *plan)
{
	int err = add_channels(handle, ust, plan);

	if (!err)
		err = enable_events(handle, plan->groups);
	if (!err)
		err = add_context(handle, LTTNG_EVENT_CONTEXT_VPID);
	if (!err)
		err = add_context(handle, LTTNG_EVENT_CONTEXT_VTID);
	return err;
}

/* 2.13 was seen to set the top bit of the sum. */
static uint64_t sane(uint64_t count)
{
	return count & INT64_MAX;
}

void atls_lttng_channel_loss(struct lttng_handle *handle, struct atls_loss *loss)
{
	struct lttng_channel *channels = NULL;
	int n = lttng_list_channels(handle, &channels);

	*loss = (struct atls_loss){ 0 };
	for (int i = 0; i < n; i++) {
		uint64_t events = 0, packets = 0;

		if (strcmp(channels[i].name, CHANNEL))
			continue;
		lttng_channel_get_discarded_event_count(&channels[i], &events);
		lttng_channel_get_lost_packet_count(&channels[i], &packets);
		loss->events += sane(events);
		loss->packets += sane(packets);
	}
	free(channels);
}
