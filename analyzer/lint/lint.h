/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lints: rules over what the tracker sees, which find the failure modes of asynchronous TLS.
 *
 *   reader --> tracker --> lint --> findings
 *
 * rules.def lists the rules and their cases; each rule is a function of its name, or one for each
 * occasion to judge, in the file of what it watches. What lint knows of something beside the
 * tracker is its part there, so its memory does not grow with the trace. What a rule concludes from
 * the absence of an event is withheld if events were lost since the state began that it judges, or
 * are of a group that was not recorded.
 */
#pragma once

#include <stdbool.h>

#include "base/codes.h"

#define ATLS_RULE(symbol, ...) ATLS_RULE_##symbol,
enum atls_rule_id {
#include "lint/rules.def"
	ATLS_NRULES
};

#define ATLS_CASE(rule, symbol, text) ATLS_CASE_##rule##_##symbol,
enum atls_case_id {
#include "lint/rules.def"
	ATLS_NCASES
};

#define ATLS_LIMIT(symbol, ...) ATLS_LIMIT_##symbol,
enum atls_limit_id {
#include "lint/rules.def"
	ATLS_NLIMITS
};

struct atls_rule {
	const char *name, *code;
	enum atls_severity severity;
	enum atls_certainty certainty;
	unsigned int absence; /* groups of events from whose absence it concludes, see groups.h */
	const char *title, *why, *fix;
};
extern const struct atls_rule atls_rules[ATLS_NRULES];

/* What a rule tells apart. */
struct atls_case {
	enum atls_rule_id rule;
	const char *text;
};
extern const struct atls_case atls_cases[ATLS_NCASES];

struct atls_limit {
	const char *name;
	int64_t value;
	const char *unit, *meaning;
};
/* The defaults. */
extern const struct atls_limit atls_limits[ATLS_NLIMITS];

/* The rule with that name or code, or NULL. */
const struct atls_rule *atls_rule_find(const char *name);
/*
 * Take "NAME=VALUE" (a count, a share such as 5%, or a duration such as 1ms) into limits; 0 or
 * -EINVAL.
 */
int atls_limit_parse(int64_t limits[ATLS_NLIMITS], const char *text);
/* Fill in the defaults. */
void atls_limit_defaults(int64_t limits[ATLS_NLIMITS]);

#define ATLS_FINDING_EXAMPLES 3

/* All occurrences of one case of a rule in one process. */
struct atls_finding {
	enum atls_rule_id rule;
	enum atls_case_id which;
	enum atls_severity severity;
	enum atls_certainty certainty;
	char note[200];	   /* facts of the first occurrence, or "" */
	uint32_t pid, tid; /* of the first occurrence; tid 0 if no thread is to blame */
	int64_t fd;	   /* or ATLS_NULL */
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
struct atls_tracker;

/* Observes the tracker, which must outlive it. NULL if there is no memory. */
struct atls_lint *atls_lint_create(struct atls_tracker *t, const int64_t limits[ATLS_NLIMITS]);
/*
 * Only these groups of events were recorded: withhold what was concluded from the absence of
 * others.
 */
void atls_lint_only(struct atls_lint *l, unsigned int groups);
/* After the tracker's end, in the order of the rules; valid until lint is destroyed. */
const struct atls_finding *atls_lint_findings(const struct atls_lint *l);
/* How often a rule would have spoken but for events that are missing. */
int64_t atls_lint_withheld(const struct atls_lint *l, enum atls_rule_id rule);
/* NULL is fine. */
void atls_lint_destroy(struct atls_lint *l);
