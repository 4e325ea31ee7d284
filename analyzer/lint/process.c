/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about a process as a whole, judged at the end: B2's and D6's shares, C5's peak, D2. */
#include <inttypes.h>
#include <stdio.h>

#include "lint/private.h"

static int64_t sum(const int64_t list[ATLS_LINT_REASONS])
{
	int64_t n = 0;

	for (int i = 0; i < ATLS_LINT_REASONS; i++)
		n += list[i];
	return n;
}

/* The reason for which most operations were done in place. */
static enum atls_case_id main_reason(const struct process_rules *r)
{
	static const enum atls_case_id cases[] = {
		[ATLS_REASON_NO_JOB] = ATLS_CASE_NOT_OFFLOADED_NO_JOB,
		[ATLS_REASON_BLOCKED] = ATLS_CASE_NOT_OFFLOADED_BLOCKED,
		[ATLS_REASON_CHEAP] = ATLS_CASE_NOT_OFFLOADED_CHEAP,
		[ATLS_REASON_FULL] = ATLS_CASE_NOT_OFFLOADED_FULL,
		[ATLS_REASON_NO_RESOURCE] = ATLS_CASE_NOT_OFFLOADED_NO_RESOURCE,
		[ATLS_REASON_CALLER] = ATLS_CASE_NOT_OFFLOADED_CALLER,
		[ATLS_REASON_FOREIGN_KEY] = ATLS_CASE_NOT_OFFLOADED_FOREIGN_KEY,
		[ATLS_REASON_LIBRARY_CONTEXT] = ATLS_CASE_NOT_OFFLOADED_LIBRARY_CONTEXT,
		[ATLS_REASON_IN_FLIGHT] = ATLS_CASE_NOT_OFFLOADED_IN_FLIGHT,
		[ATLS_REASON_LOOP] = ATLS_CASE_NOT_OFFLOADED_LOOP,
		[ATLS_REASON_RUNTIME] = ATLS_CASE_NOT_OFFLOADED_RUNTIME,
	};
	int best = 0;

	for (int i = 1; i < (int)(sizeof(cases) / sizeof(cases[0])); i++)
		if (r->in_place[i] > r->in_place[best])
			best = i;
	return cases[best];
}

static bool all_cheap(const struct process_rules *r)
{
	return r->in_place[ATLS_REASON_CHEAP] && r->in_place[ATLS_REASON_CHEAP] == sum(r->in_place);
}

/* Most of what could be offloaded was done in place. */
static bool mostly_in_place(const struct atls_lint *l, const struct process_rules *r)
{
	int64_t in_place = sum(r->in_place) - r->in_place[ATLS_REASON_CHEAP];

	return r->submits &&
	       in_place * 100 > l->limit[ATLS_LIMIT_IN_PLACE] * (in_place + r->submits);
}

/* The case in point, or ATLS_NCASES. */
static enum atls_case_id why_not_offloaded(const struct atls_lint *l, const struct process_rules *r)
{
	if (!r->jobs && r->no_job)
		return ATLS_CASE_NOT_OFFLOADED_NO_MODE_ENGINE;
	if (!r->jobs && r->in_place[ATLS_REASON_RUNTIME])
		return ATLS_CASE_NOT_OFFLOADED_RUNTIME;
	if (!r->jobs && r->server_handshakes)
		return ATLS_CASE_NOT_OFFLOADED_NO_MODE;
	if (r->jobs && !r->pauses && !sum(r->in_place))
		return ATLS_CASE_NOT_OFFLOADED_NO_ENGINE;
	if ((r->jobs && !r->pauses) || mostly_in_place(l, r))
		return main_reason(r);
	return ATLS_NCASES;
}

/* D2 */
static void not_offloaded(struct atls_lint *l, const struct process *p)
{
	const struct process_rules *r = RULES(p);
	enum atls_case_id why = why_not_offloaded(l, r);
	bool no_mode = why == ATLS_CASE_NOT_OFFLOADED_NO_MODE;
	bool in_place = !no_mode && why != ATLS_CASE_NOT_OFFLOADED_NO_MODE_ENGINE &&
			why != ATLS_CASE_NOT_OFFLOADED_NO_ENGINE;
	char note[160];

	if (why == ATLS_NCASES)
		return;
	snprintf(note, sizeof(note),
		 "%" PRId64 " server handshakes, %" PRId64 " jobs, %" PRId64 " pauses, %" PRId64
		 " operations submitted, %" PRId64 " in place",
		 r->server_handshakes, r->jobs, r->pauses, r->submits, sum(r->in_place));
	HIT_CASE(l, why, .process = p, .since = p->begin, .no_thread = true, .note = note,
		 .cost_ns = in_place ? sum(r->in_place_ns) : 0,
		 .note_only = no_mode || why == ATLS_CASE_NOT_OFFLOADED_RUNTIME ||
			      (in_place && !r->pauses && all_cheap(r)));
}

/* C5 */
static void no_fd_peak(struct atls_lint *l, const struct process *p)
{
	const struct process_rules *r = RULES(p);
	char note[80];

	if (!r->nofile || r->fds_peak * 100 <= r->nofile * l->limit[ATLS_LIMIT_FDS])
		return;
	snprintf(note, sizeof(note), "%" PRId64 " wait fds at a time, and the limit is %u",
		 r->fds_peak, r->nofile);
	HIT(l, NO_FD, PEAK, .process = p, .no_thread = true, .uncertain = true, .note = note);
}

/* B2 is about a share of the resumes, and D6 about an average. */
static void drop_exceptions(struct atls_lint *l, const struct process *p)
{
	const struct process_rules *r = RULES(p);

	if (atls_lint_count(l, ATLS_RULE_SPURIOUS_RESUME, p->pid) * 100 <
	    l->limit[ATLS_LIMIT_SPURIOUS] * r->resumes)
		atls_lint_drop(l, ATLS_RULE_SPURIOUS_RESUME, p->pid);
	if (r->handshake_pauses <= l->limit[ATLS_LIMIT_PAUSES] * r->paused_handshakes)
		atls_lint_drop(l, ATLS_RULE_STACKED_PAUSES, p->pid);
}

void atls_lint_judge_process(struct atls_lint *l, const struct process *p)
{
	drop_exceptions(l, p);
	not_offloaded(l, p);
	no_fd_peak(l, p);
}
