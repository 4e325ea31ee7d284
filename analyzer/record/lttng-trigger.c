/* SPDX-License-Identifier: Apache-2.0 */
/* The trigger of an LTTng session: tells of jobs that take long. */
#include "record/lttng-trigger.h"

#include <inttypes.h>
#include <stdio.h>

#include <lttng/action/notify.h>
#include <lttng/condition/event-rule-matches.h>
#include <lttng/endpoint.h>
#include <lttng/event-rule/user-tracepoint.h>
#include <lttng/notification/channel.h>
#include <lttng/notification/notification.h>
#include <lttng/trigger/trigger.h>

#include "record/lttng-private.h"

static struct lttng_notification_channel *notifications; /* NULL: not armed */

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

int atls_lttng_trigger_arm(uint64_t us)
{
	struct lttng_trigger *trigger = slow_job(us);
	enum lttng_error_code code =
		trigger ? lttng_register_trigger_with_name(trigger, "slow-job") : LTTNG_ERR_NOMEM;

	if (code != LTTNG_OK)
		return atls_lttng_fail("register trigger", code);
	notifications =
		lttng_notification_channel_create(lttng_session_daemon_notification_endpoint);
	if (!notifications || lttng_notification_channel_subscribe(
				      notifications, lttng_trigger_get_condition(trigger)))
		return atls_lttng_fail("subscribe to trigger", LTTNG_ERR_UNK);
	lttng_trigger_destroy(trigger);
	return 0;
}

bool atls_lttng_trigger_fired(void)
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

void atls_lttng_trigger_finish(void)
{
	lttng_notification_channel_destroy(notifications);
	notifications = NULL;
}
