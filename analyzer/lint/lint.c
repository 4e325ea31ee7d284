/* SPDX-License-Identifier: Apache-2.0 */
/* Lint as a whole: who is told of what, and its begin and end. */
#include "lint/lint.h"

#include <stdlib.h>
#include <string.h>

#include "lint/private.h"

struct atls_lint *atls_lint_create(struct atls_tracker *t, const int64_t limits[ATLS_NLIMITS])
{
	struct atls_lint *l = calloc(1, sizeof(*l));
	struct atls_observer o = { .self = l };

	if (!l)
		return NULL;
	l->tracker = t;
	memcpy(l->limit, limits, sizeof(l->limit));
	atls_job_rules_observe(&o);
	atls_thread_rules_observe(&o);
	atls_conn_rules_observe(&o);
	atls_wait_rules_observe(&o);
	atls_engine_rules_observe(&o);
	atls_tracker_observe(t, ATLS_RULES, &o);
	return l;
}

const struct atls_finding *atls_lint_findings(const struct atls_lint *l)
{
	return l->findings;
}

int64_t atls_lint_withheld(const struct atls_lint *l, enum atls_rule_id rule)
{
	return l->withheld[rule];
}

void atls_lint_destroy(struct atls_lint *l)
{
	if (!l)
		return;
	for (struct atls_finding *f = l->findings, *next; f; f = next) {
		next = f->next;
		free(f);
	}
	free(l);
}
