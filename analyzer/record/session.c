/* SPDX-License-Identifier: Apache-2.0 */
/* The LTTng recording session, through liblttng-ctl. */
#include "record/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include <lttng/destruction-handle.h>
#include <lttng/lttng.h>

#include "log.h"

#define SESSION "asynctls"
#define CHANNEL "asynctls"
#define EVENTS "asynctls:*"

#define SUBBUF_COUNT 8
#define SUBBUF_MOST (1 << 20)
#define SUBBUF_LEAST (64 << 10)
#define BUFFERS_MOST (160 << 20) /* bytes of shared memory for each user with traced processes */

#define PENDING_MS 8000
#define DESTROY_MS 1500

static struct lttng_handle *handle;

static int fail(const char *what, int code)
{
	atls_error("lttng: %s: %s", what, lttng_strerror(code < 0 ? code : -code));
	return -EIO;
}

/* --- start ---------------------------------------------------------------- */

static int create_session(const char *trace_dir)
{
	struct lttng_session_descriptor *d =
		lttng_session_descriptor_local_create(SESSION, trace_dir);
	enum lttng_error_code code = d ? lttng_create_session_ext(d) : LTTNG_ERR_NOMEM;

	lttng_session_descriptor_destroy(d);
	return code == LTTNG_OK ? 0 : fail("create session", code);
}

static int add_channel(struct lttng_domain *domain, const char *name, uint64_t size, uint64_t count,
		       unsigned int switch_us)
{
	struct lttng_channel *channel = lttng_channel_create(domain);
	int code;

	if (!channel)
		return fail("create channel", LTTNG_ERR_NOMEM);
	strcpy(channel->name, name);
	channel->enabled = 1;
	channel->attr.overwrite = 0;
	channel->attr.subbuf_size = size;
	channel->attr.num_subbuf = count;
	channel->attr.switch_timer_interval = switch_us;
	channel->attr.output = LTTNG_EVENT_MMAP;
	code = lttng_enable_channel(handle, channel);
	lttng_channel_destroy(channel);
	return code < 0 ? fail("enable channel", code) : 0;
}

/*
 * Each user's processes share buffers of processors x (count + 1) x size. Eight of 1 MB lost
 * nothing at 11 million events/s; on many processors, or where /dev/shm is small, less must do.
 */
static uint64_t subbuf_size(void)
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

static int enable_events(void)
{
	struct lttng_event *event = lttng_event_create();
	int code = -LTTNG_ERR_NOMEM;

	if (event) {
		event->type = LTTNG_EVENT_TRACEPOINT;
		event->loglevel_type = LTTNG_EVENT_LOGLEVEL_ALL;
		event->loglevel = -1;
		strcpy(event->name, EVENTS);
		code = lttng_enable_event(handle, event, CHANNEL);
	}
	lttng_event_destroy(event);
	return code < 0 ? fail("enable events", code) : 0;
}

static int add_context(enum lttng_event_context_type type)
{
	struct lttng_event_context context = { .ctx = type };
	int code = lttng_add_context(handle, &context, NULL, CHANNEL);

	return code < 0 ? fail("add context", code) : 0;
}

int atls_session_start(const char *trace_dir)
{
	struct lttng_domain ust = { .type = LTTNG_DOMAIN_UST, .buf_type = LTTNG_BUFFER_PER_UID };
	int code, err;

	/* Members of group "tracing" would be sent to the system's session daemon. */
	lttng_set_tracing_group("asynctls-no-such-group");
	err = create_session(trace_dir);
	if (err)
		return err;
	handle = lttng_create_handle(SESSION, &ust);
	if (!handle)
		return fail("create handle", LTTNG_ERR_NOMEM);
	/*
	 * Metadata reach the disk within 100 ms, data within half a second, so that a recording whose
	 * daemon is killed can still be read. The metadata channel must be the first.
	 */
	err = add_channel(&ust, "metadata", 4096, 2, 100000);
	if (!err)
		err = add_channel(&ust, CHANNEL, subbuf_size(), SUBBUF_COUNT, 500000);
	if (!err)
		err = enable_events();
	if (!err)
		err = add_context(LTTNG_EVENT_CONTEXT_VPID);
	if (!err)
		err = add_context(LTTNG_EVENT_CONTEXT_VTID);
	if (err)
		return err;
	code = lttng_start_tracing(SESSION);
	return code < 0 ? fail("start", code) : 0;
}

/* --- stop ----------------------------------------------------------------- */

static int await_data(void)
{
	const struct timespec pause = { .tv_nsec = 2000000 };
	int pending;

	for (int waited = 0; waited < PENDING_MS; waited += 2) {
		pending = lttng_data_pending(SESSION);
		if (pending <= 0)
			return pending < 0 ? fail("wait for data", pending) : 0;
		nanosleep(&pause, NULL);
	}
	atls_warn("lttng: data are still being written; the trace may lack its end");
	return -ETIMEDOUT;
}

/* 2.13 was seen to set the top bit of the sum. */
static uint64_t sane(uint64_t count)
{
	return count & INT64_MAX;
}

static void count_loss(struct atls_loss *loss)
{
	struct lttng_channel *channels = NULL;
	int n = lttng_list_channels(handle, &channels);

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

/*
 * Takes half a second, in which the daemon makes sure that the trace is closed. All data are on
 * disk before that, so it is no error if it takes longer: the rotation thread of 2.13's daemon was
 * seen to give up, after which this would never end.
 */
static int destroy_session(void)
{
	struct lttng_destruction_handle *destruction = NULL;
	enum lttng_error_code code = lttng_destroy_session_ext(SESSION, &destruction);

	if (code == LTTNG_OK &&
	    lttng_destruction_handle_wait_for_completion(destruction, DESTROY_MS) ==
		    LTTNG_DESTRUCTION_HANDLE_STATUS_COMPLETED)
		lttng_destruction_handle_get_result(destruction, &code);
	lttng_destruction_handle_destroy(destruction);
	return code == LTTNG_OK ? 0 : fail("destroy session", code);
}

int atls_session_stop(struct atls_loss *loss)
{
	int code, err, destroyed;

	*loss = (struct atls_loss){ 0 };
	code = lttng_stop_tracing_no_wait(SESSION);
	if (code < 0 && code != -LTTNG_ERR_TRACE_ALREADY_STOPPED)
		return fail("stop", code);
	err = await_data();
	count_loss(loss);
	destroyed = destroy_session();
	lttng_destroy_handle(handle);
	handle = NULL;
	return err ? err : destroyed;
}
