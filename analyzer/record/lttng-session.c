/* SPDX-License-Identifier: Apache-2.0 */
/* The LTTng recording session, through liblttng-ctl. */
#include "record/lttng-session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lttng/destruction-handle.h>
#include <lttng/lttng.h>
#include <lttng/rotation.h>
#include <lttng/snapshot.h>

#include "base/clock.h"
#include "base/log.h"
#include "record/lttng-channel.h"
#include "record/lttng-private.h"
#include "record/lttng-trigger.h"

#define PENDING_MS 8000
#define DESTROY_MS 60

static struct lttng_handle *handle;

/* --- start ---------------------------------------------------------------- */

static struct lttng_session_descriptor *describe(const struct atls_lttng_plan *plan)
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

static int create_session(const struct atls_lttng_plan *plan)
{
	struct lttng_session_descriptor *d = describe(plan);
	enum lttng_error_code code = d ? lttng_create_session_ext(d) : LTTNG_ERR_NOMEM;

	lttng_session_descriptor_destroy(d);
	return code == LTTNG_OK ? 0 : atls_lttng_fail("create session", code);
}

/* --- chunks --------------------------------------------------------------- */

static int add_schedule(struct lttng_rotation_schedule *schedule)
{
	enum lttng_rotation_status status =
		schedule ? lttng_session_add_rotation_schedule(SESSION, schedule)
			 : LTTNG_ROTATION_STATUS_ERROR;

	lttng_rotation_schedule_destroy(schedule);
	return status == LTTNG_ROTATION_STATUS_OK ? 0 : atls_lttng_fail("rotate", LTTNG_ERR_UNK);
}

static int add_schedules(const struct atls_lttng_plan *plan)
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

int atls_lttng_session_open(const struct atls_lttng_plan *plan)
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
		return atls_lttng_fail("create handle", LTTNG_ERR_NOMEM);
	err = atls_lttng_channel_add(handle, &ust, plan);
	if (!err && plan->trigger_us)
		err = atls_lttng_trigger_arm(plan->trigger_us);
	if (!err)
		err = add_schedules(plan);
	return err || plan->delayed ? err : atls_lttng_session_start();
}

int atls_lttng_session_start(void)
{
	int code = lttng_start_tracing(SESSION);

	return code < 0 ? atls_lttng_fail("start", code) : 0;
}

int atls_lttng_session_snapshot(const char *name)
{
	struct lttng_snapshot_output *output = lttng_snapshot_output_create();
	int code = output ? lttng_snapshot_output_set_name(name, output) : -LTTNG_ERR_NOMEM;

	if (code >= 0)
		code = lttng_snapshot_record(SESSION, output, 0);
	lttng_snapshot_output_destroy(output);
	if (code < 0)
		return atls_lttng_fail("snapshot", code);
	/* Else the next snapshot would have the same events again, and they would count twice. */
	lttng_clear_session(SESSION, NULL);
	return 0;
}

int atls_lttng_session_processes(pid_t *pids, int most)
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
	int pending;

	for (int waited = 0; waited < PENDING_MS; waited += 2) {
		pending = lttng_data_pending(SESSION);
		if (pending <= 0)
			return pending < 0 ? atls_lttng_fail("wait for data", pending) : 0;
		atls_clock_sleep(2);
	}
	atls_warn("lttng: data are still being written; the trace may lack its end");
	return -ETIMEDOUT;
}

void atls_lttng_session_loss(struct atls_loss *loss)
{
	atls_lttng_channel_loss(handle, loss);
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
	return code == LTTNG_OK ? 0 : atls_lttng_fail("destroy session", code);
}

int atls_lttng_session_stop(struct atls_loss *loss, const char *snapshot)
{
	int code, err = 0, destroyed;

	*loss = (struct atls_loss){ 0 };
	code = lttng_stop_tracing_no_wait(SESSION);
	/* Not started yet, as it was delayed, is no error either. */
	if (code < 0 && code != -LTTNG_ERR_TRACE_ALREADY_STOPPED)
		return atls_lttng_fail("stop", code);
	if (snapshot)
		err = atls_lttng_session_snapshot(snapshot);
	if (!err)
		err = await_data();
	atls_lttng_session_loss(loss);
	destroyed = destroy_session();
	atls_lttng_trigger_finish();
	lttng_destroy_handle(handle);
	handle = NULL;
	return err ? err : destroyed;
}
