/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as rows of the database. */
#include "store/findings.h"

#include "base/sqlite.h"
#include "events/groups.h"

static int put_rules(const struct atls_lint *l, struct atls_inserts *to)
{
	int ret = 0;

	for (int i = 0; i < ATLS_NRULES && !ret; i++) {
		const struct atls_rule *r = &atls_rules[i];

		ret = ATLS_INSERT(to, rule, .rule_id = i, .name = r->name, .code = r->code,
				  .title = r->title, .why = r->why, .fix = r->fix,
				  .withheld = atls_lint_withheld(l, i));
	}
	return ret;
}

/* The groups of events that the recorder says that it took; all if it says nothing. */
static unsigned int recorded(sqlite3 *db)
{
	sqlite3_stmt *s = NULL;
	unsigned int groups = 0;
	char word[32];

	if (!atls_sql_prepare(db, "SELECT value ->> '$.groups' FROM meta WHERE key = 'options'",
			      &s) &&
	    sqlite3_step(s) == SQLITE_ROW && sqlite3_column_type(s, 0) == SQLITE_TEXT)
		groups = atls_groups_parse((const char *)sqlite3_column_text(s, 0), word,
					   sizeof(word));
	sqlite3_finalize(s);
	return groups ? groups : ATLS_GROUPS_DEFAULT;
}

static int put_finding(struct atls_inserts *to, const struct atls_finding *f, int64_t id)
{
	return ATLS_INSERT(to, finding, .finding_id = id, .rule_id = f->rule,
			   .severity = f->severity, .certainty = f->certainty,
			   .detail = atls_cases[f->which].text, .note = *f->note ? f->note : NULL,
			   .pid = f->pid, .tid = f->tid, .fd = f->fd, .count = f->count,
			   .cost_ns = f->cost_ns, .ts = f->first, .end_ts = f->last);
}

static int put_examples(struct atls_inserts *to, const struct atls_finding *f, int64_t id)
{
	int ret = 0;

	for (int i = 0; i < f->examples && !ret; i++)
		ret = ATLS_INSERT(to, finding_example, .finding_id = id, .seq = i + 1,
				  .job_id = f->example[i].job_id, .conn_id = f->example[i].conn_id,
				  .ts = f->example[i].ts);
	return ret;
}

int atls_lint_store(struct atls_lint *l, struct atls_inserts *to)
{
	int64_t id = 0;
	int ret;

	atls_lint_only(l, recorded(to->db));
	ret = put_rules(l, to);
	for (const struct atls_finding *f = atls_lint_findings(l); f && !ret; f = f->next) {
		ret = put_finding(to, f, ++id);
		if (!ret)
			ret = put_examples(to, f, id);
	}
	return ret;
}
