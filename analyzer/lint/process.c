/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about a process as a whole, judged at the end: B2's and D6's shares, C5's peak, D2. */
#include <inttypes.h>
#include <stdio.h>

#include "lint/private.h"

static int64_t sum(const int64_t list[8])
{
	int64_t n = 0;

	for (int i = 0; i < 8; i++)
		n += list[i];
	return n;
}

/* The reason for which most operations were done in place. */
static const char *main_reason(const struct lint_process *p)
{
	static const char *const texts[] = {
		[ATLS_REASON_NO_JOB] = "done in place, as the call is not asynchronous",
		[ATLS_REASON_BLOCKED] = "done in place, as pausing is blocked",
		[ATLS_REASON_CHEAP] = "done in place, as they cost less than the engine's min-cost",
		[ATLS_REASON_FULL] = "done in place, as the engine's queue is full",
		[ATLS_REASON_NO_RESOURCE] = "done in place, for want of memory or fds",
	};
	int best = 0;

	for (int i = 1; i < (int)(sizeof(texts) / sizeof(texts[0])); i++)
		if (p->in_place[i] > p->in_place[best])
			best = i;
	return texts[best];
}

static bool all_cheap(const struct lint_process *p)
{
	return p->in_place[ATLS_REASON_CHEAP] && p->in_place[ATLS_REASON_CHEAP] == sum(p->in_place);
}

#define SAY_WHY(l, p, ...)                                                                         \
	HIT(l, NOT_OFFLOADED, __VA_ARGS__, .process = (p), .since = (p)->begin, .no_thread = true, \
	    .note = note)

/* D2 */
static int judge_offload(struct atls_lint *l, const struct lint_process *p)
{
	int64_t in_place = sum(p->in_place);
	char note[160];

	snprintf(note, sizeof(note),
		 "%" PRId64 " server handshakes, %" PRId64 " jobs, %" PRId64 " pauses, %" PRId64
		 " operations submitted, %" PRId64 " in place",
		 p->server_handshakes, p->jobs, p->pauses, p->submits, in_place);
	if (!p->jobs && p->no_job)
		return SAY_WHY(
			l, p,
			"an engine asks for a job and there is none: SSL_MODE_ASYNC is not set");
	if (!p->jobs && p->server_handshakes)
		return SAY_WHY(l, p, "no job was started: SSL_MODE_ASYNC is not set",
			       .note_only = true);
	if (p->jobs && !p->pauses && in_place)
		return SAY_WHY(l, p, main_reason(p), .cost_ns = sum(p->in_place_ns),
			       .note_only = all_cheap(p));
	if (p->jobs && !p->pauses)
		return SAY_WHY(l, p, "no job pauses: no engine takes the operations");
	in_place -= p->in_place[ATLS_REASON_CHEAP];
	if (p->submits && in_place * 100 > l->limit[ATLS_LIMIT_IN_PLACE] * (in_place + p->submits))
		return SAY_WHY(l, p, main_reason(p), .cost_ns = sum(p->in_place_ns));
	return 0;
}

/* C5 */
static int judge_fds(struct atls_lint *l, const struct lint_process *p)
{
	char note[80];

	if (!p->nofile || p->fds_peak * 100 <= p->nofile * l->limit[ATLS_LIMIT_FDS])
		return 0;
	snprintf(note, sizeof(note), "%" PRId64 " wait fds at a time, and the limit is %u",
		 p->fds_peak, p->nofile);
	return HIT(l, NO_FD, "wait fds take most of the fds that the process may have",
		   .process = p, .no_thread = true, .uncertain = true, .note = note);
}

int atls_lint_process_left(struct atls_lint *l, const struct lint_process *p)
{
	int ret;

	if (atls_lint_count(l, ATLS_RULE_SPURIOUS_RESUME, p->pid) * 100 <
	    l->limit[ATLS_LIMIT_SPURIOUS] * p->resumes)
		atls_lint_drop(l, ATLS_RULE_SPURIOUS_RESUME, p->pid);
	if (p->handshake_pauses <= l->limit[ATLS_LIMIT_PAUSES] * p->paused_handshakes)
		atls_lint_drop(l, ATLS_RULE_STACKED_PAUSES, p->pid);
	ret = judge_offload(l, p);
	return ret ? ret : judge_fds(l, p);
}
