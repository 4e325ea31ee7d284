/* SPDX-License-Identifier: Apache-2.0 */
/* The LTTng recording session, through liblttng-ctl. */
#include "record/session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include <lttng/action/notify.h>
#include <lttng/condition/event-rule-matches.h>
#include <lttng/destruction-handle.h>
#include <lttng/endpoint.h>
#include <lttng/event-rule/user-tracepoint.h>
#include <lttng/lttng.h>
#include <lttng/notification/channel.h>
#include <lttng/notification/notification.h>
#include <lttng/rotation.h>
#include <lttng/snapshot.h>
#include <lttng/trigger/trigger.h>

#include "base/log.h"
#include "events/groups.h"
#include "events/trace.h"

#define SESSION "asynctls"
#define CHANNEL "asynctls"
#define PROVIDER "asynctls:"

#define SUBBUF_COUNT 8
#define SUBBUF_MOST (1 << 20)
#define SUBBUF_LEAST (64 << 10) /* if nobody asks for less */
#define SUBBUF_SMALLEST 4096
#define BUFFERS_MOST (160 << 20) /* bytes of shared memory for each user with traced processes */

#define PENDING_MS 8000
#define DESTROY_MS 60

static struct lttng_handle *handle;
static struct lttng_notification_channel *notifications; /* of the trigger, NULL without one */

static int fail(const char *what, int code)
{
	atls_error("lttng: %s: %s", what, lttng_strerror(code < 0 ? code : -code));
	return -EIO;
}

/* --- start ---------------------------------------------------------------- */

static struct lttng_session_descriptor *describe(const struct atls_session_plan *plan)
{
	char control[300], data[300];

	if (!*plan->relay)
		return plan->ring ? lttng_session_descriptor_snapshot_local_create(SESSION,
										   plan->trace_dir)
				  : lttng_session_descriptor_local_create(SESSION, plan->trace_dir);
	snprintf(control, sizeof(control), "tcp://%s:%d", plan->relay, plan->relay_port);
	snprintf(data, sizeof(data), "tcp://%s:%d", plan->relay, plan->relay_port + 1);
	return plan->ring ? lttng_session_descriptor_snapshot_network_create(SESSION, control, data)
			  : lttng_session_descriptor_network_create(SESSION, control, data);
}

static int create_session(const struct atls_session_plan *plan)
{
	struct lttng_session_descriptor *d = describe(plan);
	enum lttng_error_code code = d ? lttng_create_session_ext(d) : LTTNG_ERR_NOMEM;

	lttng_session_descriptor_destroy(d);
	return code == LTTNG_OK ? 0 : fail("create session", code);
}

static int add_channel(struct lttng_domain *domain, const char *name, bool overwrite, uint64_t size,
		       uint64_t count, unsigned int switch_us)
{
	struct lttng_channel *channel = lttng_channel_create(domain);
	int code;

	if (!channel)
		return fail("create channel", LTTNG_ERR_NOMEM);
	strcpy(channel->name, name);
	channel->enabled = 1;
	channel->attr.overwrite = overwrite;
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

static int add_channels(struct lttng_domain *ust, const struct atls_session_plan *plan)
{
	int err = 0;

	/*
	 * Metadata reach the disk within 100 ms, data within 200 ms, so that a recording whose
	 * daemon is killed can still be read. The metadata channel must be the first. A ring has
	 * nothing on disk, and its snapshots are complete.
	 */
	if (!plan->ring)
		err = add_channel(ust, "metadata", false, 4096, 2, 100000);
	return err ? err
		   : add_channel(ust, CHANNEL, plan->ring, subbuf_size(plan->buffer), SUBBUF_COUNT,
				 plan->ring ? 0 : 200000);
}

/* --- which events --------------------------------------------------------- */

static int enable(const char *pattern, int nexcluded, char **excluded)
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
	return code < 0 ? fail("enable events", code) : 0;
}

/* All of them with a few exceptions, since each rule costs the traced programs some start-up. */
static int enable_events(unsigned int groups)
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
	return enable("*", n, excluded);
}

static int add_context(enum lttng_event_context_type type)
{
	struct lttng_event_context context = { .ctx = type };
	int code = lttng_add_context(handle, &context, NULL, CHANNEL);

	return code < 0 ? fail("add context", code) : 0;
}

/* --- the trigger ---------------------------------------------------------- */

/* The comparison is made in the traced process; nothing is sent for a job that is fast enough. */
static struct lttng_trigger *slow_job(uint64_t us)
{
	struct lttng_event_rule *rule = lttng_event_rule_user_tracepoint_create();
	struct lttng_action *notify = lttng_action_notify_create();
	struct lttng_condition *condition;
	struct lttng_trigger *trigger;
	char filter[64];

	snprintf(filter, sizeof(filter), "dur_us > %" PRIu64, us);
	lttng_event_rule_user_tracepoint_set_name_pattern(rule, PROVIDER "job_time");
	lttng_event_rule_user_tracepoint_set_filter(rule, filter);
	condition = lttng_condition_event_rule_matches_create(rule);
	trigger = lttng_trigger_create(condition, notify);
	lttng_event_rule_destroy(rule);
	return trigger;
}

static int arm(uint64_t us)
{
	struct lttng_trigger *trigger = slow_job(us);
	enum lttng_error_code code =
		trigger ? lttng_register_trigger_with_name(trigger, "slow-job") : LTTNG_ERR_NOMEM;

	if (code != LTTNG_OK)
		return fail("register trigger", code);
	notifications =
		lttng_notification_channel_create(lttng_session_daemon_notification_endpoint);
	if (!notifications || lttng_notification_channel_subscribe(
				      notifications, lttng_trigger_get_condition(trigger)))
		return fail("subscribe to trigger", LTTNG_ERR_UNK);
	lttng_trigger_destroy(trigger);
	return 0;
}

bool atls_session_triggered(void)
{
	struct lttng_notification *notification;
	bool pending = false, any = false;

	while (notifications &&
	       lttng_notification_channel_has_pending_notification(notifications, &pending) ==
		       LTTNG_NOTIFICATION_CHANNEL_STATUS_OK &&
	       pending) {
		any = true;
		if (lttng_notification_channel_get_next_notification(notifications, &notification))
			break;
		lttng_notification_destroy(notification);
	}
	return any;
}

/* --- chunks --------------------------------------------------------------- */

static int add_schedule(struct lttng_rotation_schedule *schedule)
{
	enum lttng_rotation_status status =
		schedule ? lttng_session_add_rotation_schedule(SESSION, schedule)
			 : LTTNG_ROTATION_STATUS_ERROR;

	lttng_rotation_schedule_destroy(schedule);
	return status == LTTNG_ROTATION_STATUS_OK ? 0 : fail("rotate", LTTNG_ERR_UNK);
}

static int add_schedules(const struct atls_session_plan *plan)
{
	struct lttng_rotation_schedule *schedule;
	int err = 0;

	if (plan->rotate_size) {
		schedule = lttng_rotation_schedule_size_threshold_create();
		lttng_rotation_schedule_size_threshold_set_threshold(schedule, plan->rotate_size);
		err = add_schedule(schedule);
	}
	if (plan->rotate_us && !err) {
		schedule = lttng_rotation_schedule_periodic_create();
		lttng_rotation_schedule_periodic_set_period(schedule, plan->rotate_us);
		err = add_schedule(schedule);
	}
	return err;
}

/* --- the whole of it ------------------------------------------------------ */

int atls_session_open(const struct atls_session_plan *plan)
{
	struct lttng_domain ust = { .type = LTTNG_DOMAIN_UST, .buf_type = LTTNG_BUFFER_PER_UID };
	int err;

	/* Members of group "tracing" would be sent to the system's session daemon. */
	lttng_set_tracing_group("asynctls-no-such-group");
	err = create_session(plan);
	if (err)
		return err;
	handle = lttng_create_handle(SESSION, &ust);
	if (!handle)
		return fail("create handle", LTTNG_ERR_NOMEM);
	err = add_channels(&ust, plan);
	if (!err)
		err = enable_events(plan->groups);
	if (!err)
		err = add_context(LTTNG_EVENT_CONTEXT_VPID);
	if (!err)
		err = add_context(LTTNG_EVENT_CONTEXT_VTID);
	if (!err && plan->trigger_us)
		err = arm(plan->trigger_us);
	if (!err)
		err = add_schedules(plan);
	return err || plan->delayed ? err : atls_session_start();
}

int atls_session_start(void)
{
	int code = lttng_start_tracing(SESSION);

	return code < 0 ? fail("start", code) : 0;
}

int atls_session_snapshot(const char *name)
{
	struct lttng_snapshot_output *output = lttng_snapshot_output_create();
	int code = output ? lttng_snapshot_output_set_name(name, output) : -LTTNG_ERR_NOMEM;

	if (code >= 0)
		code = lttng_snapshot_record(SESSION, output, 0);
	lttng_snapshot_output_destroy(output);
	if (code < 0)
		return fail("snapshot", code);
	/* Else the next snapshot would have the same events again, and they would count twice. */
	lttng_clear_session(SESSION, NULL);
	return 0;
}

int atls_session_processes(pid_t *pids, int most)
{
	struct lttng_event *events = NULL;
	int n = lttng_list_tracepoints(handle, &events), found = 0;

	for (int i = 0; i < n; i++) {
		bool known = strncmp(events[i].name, PROVIDER, strlen(PROVIDER)) != 0;

		for (int k = 0; k < found && k < most && !known; k++)
			known = pids[k] == events[i].pid;
		if (known)
			continue;
		if (found < most)
			pids[found] = events[i].pid;
		found++;
	}
	free(events);
	return n < 0 ? -EIO : found;
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

void atls_session_loss(struct atls_loss *loss)
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

/*
 * The daemon closes the files at once; it then takes half a second to make sure that they are, for
 * which nobody needs to wait: all data were on disk before.
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

int atls_session_stop(struct atls_loss *loss, const char *snapshot)
{
	int code, err = 0, destroyed;

	*loss = (struct atls_loss){ 0 };
	code = lttng_stop_tracing_no_wait(SESSION);
	/* Not started yet, as it was delayed, is no error either. */
	if (code < 0 && code != -LTTNG_ERR_TRACE_ALREADY_STOPPED)
		return fail("stop", code);
	if (snapshot)
		err = atls_session_snapshot(snapshot);
	if (!err)
		err = await_data();
	atls_session_loss(loss);
	destroyed = destroy_session();
	lttng_notification_channel_destroy(notifications);
	lttng_destroy_handle(handle);
	notifications = NULL;
	handle = NULL;
	return err ? err : destroyed;
}
