/* SPDX-License-Identifier: Apache-2.0 */
/* What the recorder says of processes that it could not record, or that the bridge left alone. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "record/process-log.h"
#include "spec/bridge-rule.h"

static bool is_lost(const struct atls_logged_process *p)
{
	return p->tls && !p->reached;
}

static bool is_unbridged(const struct atls_logged_process *p)
{
	return p->tls && p->rule != ATLS_BRIDGE_RULE_NONE && !atls_bridge_rule_takes(p->rule);
}

static bool alike(const struct atls_logged_process *a, const struct atls_logged_process *b)
{
	return !strcmp(a->name, b->name) && a->two_identities == b->two_identities &&
	       a->rule == b->rule;
}

/* How many are like the process at, of the chosen ones; 0 if an earlier one is. */
static size_t count_alike(const struct atls_process_log *log, size_t at,
			  bool (*chosen)(const struct atls_logged_process *))
{
	size_t n = 0;

	for (size_t i = 0; i < log->n; i++) {
		if (!chosen(&log->processes[i]) || !alike(&log->processes[i], &log->processes[at]))
			continue;
		if (i < at)
			return 0;
		n++;
	}
	return n;
}

static void warn_lost(const struct atls_logged_process *p, size_t n)
{
	atls_warn("%s: %zu process%s used OpenSSL, but could not reach the session daemon%s",
		  p->name, n, n == 1 ? "" : "es",
		  p->two_identities ? ": the effective user is not the real one, and LTTng then "
				      "does not look where the recorder is"
				    : "");
}

static void tell_unbridged(const struct atls_logged_process *p, size_t n)
{
	char why[128] = "--bridge-only does not name it";

	if (p->rule == ATLS_BRIDGE_RULE_KNOWN_BAD && atls_bridge_flaw(p->name))
		snprintf(why, sizeof(why), "it %s", atls_bridge_flaw(p->name));
	else if (p->rule != ATLS_BRIDGE_RULE_NOT_NAMED)
		snprintf(why, sizeof(why), "it is %s; --bridge-only=%s bridges it",
			 p->rule == ATLS_BRIDGE_RULE_UNKNOWN ? "not known good" : "known bad",
			 p->name);
	atls_info("%s: %zu process%s not bridged: %s", p->name, n, n == 1 ? " was" : "es were",
		  why);
}

/* There are few names; one line each. */
#define MOST_LINES 8

static void each_kind(const struct atls_process_log *log,
		      bool (*chosen)(const struct atls_logged_process *),
		      void (*say)(const struct atls_logged_process *, size_t))
{
	int lines = 0;

	for (size_t i = 0; i < log->n && lines < MOST_LINES; i++) {
		size_t n = chosen(&log->processes[i]) ? count_alike(log, i, chosen) : 0;

		if (n) {
			say(&log->processes[i], n);
			lines++;
		}
	}
}

void atls_process_log_report(const struct atls_process_log *log)
{
	each_kind(log, is_lost, warn_lost);
	each_kind(log, is_unbridged, tell_unbridged);
}
