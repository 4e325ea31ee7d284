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
static struct atls_finding *find(struct atls_lint *l, const struct hit *h, uint32_t pid)
{
	struct atls_finding **at = &l->findings, *f;

	for (; *at && (*at)->rule <= h->rule; at = &(*at)->next)
		if ((*at)->rule == h->rule && (*at)->pid == pid && (*at)->detail == h->detail)
			return *at;
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->next = *at;
	*at = f;
	return f;
}

static void begin(const struct atls_lint *l, struct atls_finding *f, const struct hit *h,
		  const struct lint_process *p)
{
	const struct atls_rule *r = &atls_rules[h->rule];

	f->rule = h->rule;
	f->severity = h->note_only ? ATLS_SEVERITY_NOTE : r->severity;
	f->certainty = r->certainty;
	if (h->uncertain && f->certainty)
		f->certainty--;
	f->detail = h->detail;
	f->pid = p->pid;
	f->tid = h->no_thread ? 0 : l->thread->tid;
	f->fd = h->fd ? *h->fd : ATLS_NULL;
	f->cost_ns = ATLS_NULL;
	f->first = l->now;
	if (h->note)
		snprintf(f->note, sizeof(f->note), "%s", h->note);
}

static void add_example(const struct atls_lint *l, struct atls_finding *f, const struct hit *h)
{
	const struct lint_conn *c = h->conn ? h->conn : h->job ? h->job->conn : NULL;
	int64_t job = h->job ? atls_model_job_id(l->model, f->pid, h->job->serial) : ATLS_NULL;
	int64_t conn = c ? atls_model_conn_id(l->model, f->pid, c->serial) : ATLS_NULL;
	int i = f->examples;

	/* What happens to one job again is no other example. */
	if (i && f->example[i - 1].job_id == job && f->example[i - 1].conn_id == conn)
		return;
	f->examples++;
	f->example[i].ts = l->now;
	f->example[i].job_id = job;
	f->example[i].conn_id = conn;
}

int atls_lint_hit(struct atls_lint *l, const struct hit *h)
{
	const struct lint_process *p = h->process ? h->process : l->thread->process;
	struct atls_finding *f;

	if (atls_rules[h->rule].absence && l->lost_until != ATLS_NULL &&
	    judged_since(h) < l->lost_until) {
		l->withheld[h->rule]++;
		return 0;
	}
	f = find(l, h, p->pid);
	if (!f)
		return -ENOMEM;
	if (!f->count++)
		begin(l, f, h, p);
	f->last = l->now;
	if (h->cost_ns)
		f->cost_ns = h->cost_ns + (f->cost_ns == ATLS_NULL ? 0 : f->cost_ns);
	if (f->examples < ATLS_FINDING_EXAMPLES)
		add_example(l, f, h);
	return 0;
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
