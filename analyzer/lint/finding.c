/* SPDX-License-Identifier: Apache-2.0 */
/* Findings: occurrences of a rule, counted by process and case, with the first few as examples. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lint/private.h"

/* The begin of the state that the rule judges, for the question whether events of it were lost. */
static int64_t judged_since(const struct hit *h)
{
	if (h->since)
		return h->since;
	if (h->job)
		return h->job->begin;
	if (h->conn)
		return h->conn->begin;
	return INT64_MIN;
}

/* In the order of the rules, then of their first occurrence. */
static struct atls_finding *find(struct atls_lint *l, enum atls_case_id which, uint32_t pid)
{
	enum atls_rule_id rule = atls_cases[which].rule;
	struct atls_finding **at = &l->findings, *f;

	for (; *at && (*at)->rule <= rule; at = &(*at)->next)
		if ((*at)->which == which && (*at)->pid == pid)
			return *at;
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->next = *at;
	*at = f;
	return f;
}

static void begin(const struct atls_lint *l, struct atls_finding *f, const struct hit *h,
		  const struct process *p)
{
	enum atls_rule_id rule = atls_cases[h->which].rule;
	const struct atls_rule *r = &atls_rules[rule];

	f->rule = rule;
	f->which = h->which;
	f->severity = h->note_only ? ATLS_SEVERITY_NOTE : r->severity;
	f->certainty = r->certainty;
	if (h->uncertain && f->certainty)
		f->certainty--;
	f->pid = p->pid;
	f->tid = h->no_thread ? 0 : l->tracker->thread->tid;
	f->fd = h->fd ? *h->fd : ATLS_NULL;
	f->cost_ns = ATLS_NULL;
	f->first = l->tracker->now;
	if (h->note)
		snprintf(f->note, sizeof(f->note), "%s", h->note);
}

static void add_example(const struct atls_lint *l, struct atls_finding *f, const struct hit *h)
{
	const struct conn *c = h->conn ? h->conn : h->job ? h->job->conn : NULL;
	int64_t job = h->job ? h->job->id : ATLS_NULL;
	int64_t conn = c ? c->id : ATLS_NULL;
	int i = f->examples;

	/* What happens to one job again is no other example. */
	if (i && f->example[i - 1].job_id == job && f->example[i - 1].conn_id == conn)
		return;
	f->examples++;
	f->example[i].ts = l->tracker->now;
	f->example[i].job_id = job;
	f->example[i].conn_id = conn;
}

static const struct process *blamed(const struct atls_lint *l, const struct hit *h)
{
	if (h->process)
		return h->process;
	return h->job ? h->job->process : l->tracker->thread->process;
}

static bool is_withheld(const struct atls_lint *l, const struct hit *h)
{
	int64_t lost_until = l->tracker->lost_until;

	return atls_rules[atls_cases[h->which].rule].absence && lost_until != ATLS_NULL &&
	       judged_since(h) < lost_until;
}

void atls_lint_hit(struct atls_lint *l, const struct hit *h)
{
	const struct process *p = blamed(l, h);
	struct atls_finding *f;

	if (is_withheld(l, h)) {
		l->withheld[atls_cases[h->which].rule]++;
		return;
	}
	f = find(l, h->which, p->pid);
	if (!f) {
		l->error = -ENOMEM;
		return;
	}
	if (!f->count++)
		begin(l, f, h, p);
	f->last = l->tracker->now;
	if (h->cost_ns)
		f->cost_ns = h->cost_ns + (f->cost_ns == ATLS_NULL ? 0 : f->cost_ns);
	if (f->examples < ATLS_FINDING_EXAMPLES)
		add_example(l, f, h);
}

void atls_lint_only(struct atls_lint *l, unsigned int groups)
{
	for (struct atls_finding **at = &l->findings; *at;) {
		struct atls_finding *f = *at;

		if (!(atls_rules[f->rule].absence & ~groups)) {
			at = &f->next;
			continue;
		}
		l->withheld[f->rule] += f->count;
		*at = f->next;
		free(f);
	}
}

void atls_lint_drop(struct atls_lint *l, enum atls_rule_id rule, uint32_t pid)
{
	for (struct atls_finding **at = &l->findings; *at;) {
		struct atls_finding *f = *at;

		if (f->rule != rule || f->pid != pid) {
			at = &f->next;
			continue;
		}
		*at = f->next;
		free(f);
	}
}

int64_t atls_lint_count(const struct atls_lint *l, enum atls_rule_id rule, uint32_t pid)
{
	int64_t n = 0;

	for (const struct atls_finding *f = l->findings; f; f = f->next)
		if (f->rule == rule && f->pid == pid)
			n += f->count;
	return n;
}
