/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lints: rules over the event stream, which find the failure modes of asynchronous TLS.
 *
 *   reader --> lint --> findings
 *          \-> model
 *
 * lint-rules.def lists the rules. Like the model, lint holds what is open, so its memory does not
 * grow with the trace. What a rule concludes from the absence of an event is withheld if events were
 * lost since the state began that it judges, or are of a group that was not recorded.
 */
#pragma once

#include <stdbool.h>

#include "model/model.h"

#define ATLS_RULE(symbol, ...) ATLS_RULE_##symbol,
#define ATLS_LIMIT(...)
enum atls_rule_id {
#include "lint/rules.def"
	ATLS_NRULES
};
#undef ATLS_RULE
#undef ATLS_LIMIT

#define ATLS_RULE(...)
#define ATLS_LIMIT(symbol, ...) ATLS_LIMIT_##symbol,
enum atls_limit_id {
#include "lint/rules.def"
	ATLS_NLIMITS
};
#undef ATLS_RULE
#undef ATLS_LIMIT

struct atls_rule {
	const char *name, *code;
	enum atls_severity severity;
	enum atls_certainty certainty;
	unsigned int absence; /* groups of events from whose absence it concludes, see groups.h */
	const char *title, *why, *fix;
};
extern const struct atls_rule atls_rules[ATLS_NRULES];

struct atls_limit {
	const char *name;
	int64_t value;
	const char *unit, *meaning;
};
/* The defaults. */
extern const struct atls_limit atls_limits[ATLS_NLIMITS];

/* The rule with that name or code, or NULL. */
const struct atls_rule *atls_rule_find(const char *name);
/* Take "NAME=VALUE" (a count, a share such as 5%, or a duration such as 1ms) into limits; 0 or -EINVAL. */
int atls_limit_parse(int64_t limits[ATLS_NLIMITS], const char *text);
/* Fill in the defaults. */
void atls_limit_defaults(int64_t limits[ATLS_NLIMITS]);

#define ATLS_FINDING_EXAMPLES 3

/* All occurrences of one rule in one process, for one reason. */
struct atls_finding {
	enum atls_rule_id rule;
	enum atls_severity severity;
	enum atls_certainty certainty;
	const char *detail; /* static text: which case of the rule */
	char note[200];	    /* facts of the first occurrence, or "" */
	uint32_t pid, tid;  /* of the first occurrence; tid 0 if no thread is to blame */
	int64_t fd;	    /* or ATLS_NULL */
	int64_t count;
	int64_t cost_ns; /* wall time that it took, ATLS_NULL if that has no meaning */
	int64_t first, last;
	int examples;
	struct {
		int64_t job_id, conn_id; /* or ATLS_NULL */
		int64_t ts;
	} example[ATLS_FINDING_EXAMPLES];
	struct atls_finding *next;
};

struct atls_lint;

/* The model gives jobs and connections their ids and must outlive it. NULL if there is no memory. */
struct atls_lint *atls_lint_create(const struct atls_model *model,
				   const int64_t limits[ATLS_NLIMITS]);
/* Each record, before the model takes it. 0 or -ENOMEM. */
int atls_lint_event(struct atls_lint *l, const struct atls_event *e);
void atls_lint_lost(struct atls_lint *l, const struct atls_lost *lost);
/* The trace has ended; the model has not been told yet. */
int atls_lint_finish(struct atls_lint *l);
/* Only these groups of events were recorded: withhold what was concluded from the absence of others. */
void atls_lint_only(struct atls_lint *l, unsigned int groups);
/* In the order of the rules; valid until lint is destroyed. */
const struct atls_finding *atls_lint_findings(const struct atls_lint *l);
/* How often a rule would have spoken but for events that are missing. */
int64_t atls_lint_withheld(const struct atls_lint *l, enum atls_rule_id rule);
/* NULL is fine. */
void atls_lint_destroy(struct atls_lint *l);
