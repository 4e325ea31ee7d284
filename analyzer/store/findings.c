/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as rows of the database. */
#include "store/findings.h"

#include "base/sqlite.h"
#include "groups.h"

static void bind(sqlite3_stmt *s, int column, int64_t value)
{
	if (value == ATLS_NULL)
		sqlite3_bind_null(s, column);
	else
		sqlite3_bind_int64(s, column, value);
}

static void bind_text(sqlite3_stmt *s, int column, const char *text)
{
	sqlite3_bind_text(s, column, text, -1, SQLITE_TRANSIENT);
}

/* Insert what is bound, and make ready for the next row. */
static int insert(sqlite3_stmt *s)
{
	int rc = sqlite3_step(s);
	int ret = atls_sql_check(sqlite3_db_handle(s), rc);

	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	return ret;
}

static int put_rules(const struct atls_lint *l, sqlite3 *db)
{
	sqlite3_stmt *s;
	int ret = atls_sql_prepare(db, "INSERT INTO rule VALUES (?,?,?,?,?,?,?)", &s);

	if (ret)
		return ret;
	for (int i = 0; i < ATLS_NRULES && !ret; i++) {
		const struct atls_rule *r = &atls_rules[i];

		bind(s, 1, i);
		bind_text(s, 2, r->name);
		bind_text(s, 3, r->code);
		bind_text(s, 4, r->title);
		bind_text(s, 5, r->why);
		bind_text(s, 6, r->fix);
		bind(s, 7, atls_lint_withheld(l, i));
		ret = insert(s);
	}
	sqlite3_finalize(s);
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

static int put_finding(sqlite3_stmt *s, const struct atls_finding *f, int64_t id)
{
	bind(s, 1, id);
	bind(s, 2, f->rule);
	bind(s, 3, f->severity);
	bind(s, 4, f->certainty);
	bind_text(s, 5, f->detail);
	if (*f->note)
		bind_text(s, 6, f->note);
	bind(s, 7, f->pid);
	bind(s, 8, f->tid ? f->tid : ATLS_NULL);
	bind(s, 9, f->fd);
	bind(s, 10, f->count);
	bind(s, 11, f->cost_ns);
	bind(s, 12, f->first);
	bind(s, 13, f->last);
	return insert(s);
}

static int put_examples(sqlite3_stmt *s, const struct atls_finding *f, int64_t id)
{
	int ret = 0;

	for (int i = 0; i < f->examples && !ret; i++) {
		bind(s, 1, id);
		bind(s, 2, i + 1);
		bind(s, 3, f->example[i].job_id);
		bind(s, 4, f->example[i].conn_id);
		bind(s, 5, f->example[i].ts);
		ret = insert(s);
	}
	return ret;
}

static int put_findings(const struct atls_lint *l, sqlite3_stmt *finding, sqlite3_stmt *example)
{
	int64_t id = 0;
	int ret = 0;

	for (const struct atls_finding *f = atls_lint_findings(l); f && !ret; f = f->next) {
		ret = put_finding(finding, f, ++id);
		if (!ret)
			ret = put_examples(example, f, id);
	}
	return ret;
}

int atls_lint_store(struct atls_lint *l, sqlite3 *db)
{
	sqlite3_stmt *finding = NULL, *example = NULL;
	int ret;

	atls_lint_only(l, recorded(db));
	ret = put_rules(l, db);

	if (!ret)
		ret = atls_sql_prepare(db, "INSERT INTO finding VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
				       &finding);
	if (!ret)
		ret = atls_sql_prepare(db, "INSERT INTO finding_example VALUES (?,?,?,?,?)",
				       &example);
	if (!ret)
		ret = put_findings(l, finding, example);
	sqlite3_finalize(finding);
	sqlite3_finalize(example);
	return ret;
}
