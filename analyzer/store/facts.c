/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about a recording: the tables meta, enum and event_count. */
#include "store/facts.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

static const char fact_sql[] = "INSERT OR REPLACE INTO meta(key, value) VALUES (?,?)";

static int put(sqlite3 *db, const char *types, const char *key, union atls_sql_value value)
{
	const union atls_sql_value values[] = { { .text = key }, value };
	sqlite3_stmt *s = NULL;
	int ret = atls_sql_prepare(db, fact_sql, &s);

	if (!ret)
		ret = atls_sql_insert(s, types, values);
	sqlite3_finalize(s);
	return ret;
}

static int put_integer(sqlite3 *db, const char *key, int64_t number)
{
	return put(db, "ti", key, (union atls_sql_value){ .number = number });
}

static int put_text(sqlite3 *db, const char *key, const char *text)
{
	return put(db, "tt", key, (union atls_sql_value){ .text = text });
}

/* ---- of the recording ----------------------------------------------------------------------- */

static char *read_all(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (!f)
		return NULL;
	if (getdelim(&text, &size, '\0', f) < 0) {
		free(text);
		text = NULL;
	}
	fclose(f);
	return text;
}

/*
 * The keys at the top of meta.json. What the analysis counts itself keeps the recorder's figure
 * under recorder_KEY; the command becomes one line, quoted for the shell; other lists and objects
 * stay JSON.
 */
static const char meta_sql[] =
	"INSERT OR REPLACE INTO meta(key, value)"
	" SELECT CASE WHEN key IN ('events','lost','jobs','schema_version','t0_ns','t1_ns')"
	"  THEN 'recorder_' || key ELSE key END,"
	" CASE WHEN key = 'command' AND type = 'array' THEN ("
	"  SELECT group_concat(CASE WHEN value = '' OR value GLOB '*[^A-Za-z0-9_./:=,@%+-]*'"
	"   THEN '''' || replace(value, '''', '''\\''''') || '''' ELSE value END, ' ')"
	"  FROM json_each(whole.value))"
	" WHEN key = 'incomplete' THEN CASE type WHEN 'true' THEN 'the recorder says that something is missing; see meta.json'"
	"  WHEN 'false' THEN NULL ELSE value END"
	" WHEN type = 'true' THEN 1 WHEN type = 'false' THEN 0 ELSE value END"
	" FROM json_each(?) AS whole WHERE key IS NOT NULL";

static int put_file(sqlite3 *db, const char *meta_json)
{
	char *text = read_all(meta_json);
	sqlite3_stmt *s = NULL;

	if (!text)
		return 0;
	if (sqlite3_prepare_v2(db, meta_sql, -1, &s, NULL) != SQLITE_OK ||
	    sqlite3_bind_text(s, 1, text, -1, SQLITE_STATIC) != SQLITE_OK ||
	    sqlite3_step(s) != SQLITE_DONE)
		atls_warn("%s: %s; left out", meta_json, sqlite3_errmsg(db));
	sqlite3_finalize(s);
	free(text);
	return 0;
}

int atls_facts_of_recording(sqlite3 *db, const struct atls_reader *r, const char *meta_json)
{
	int ret = 0;

	if (*r->host)
		ret = put_text(db, "host", r->host);
	if (!ret && *meta_json)
		ret = put_file(db, meta_json);
	if (!ret && r->utc_offset_ns != ATLS_NULL)
		ret = put_integer(db, "utc_offset_ns", r->utc_offset_ns);
	if (!ret && r->damaged) {
		atls_warn("%s; what can be read is kept", r->damage);
		ret = put_text(db, "incomplete", r->damage);
	}
	return ret;
}

/* ---- of the analysis ------------------------------------------------------------------------ */

int atls_facts_of_model(struct atls_inserts *to, const struct atls_totals *t)
{
	const struct {
		const char *key;
		int64_t value;
	} facts[] = {
		{ "schema_version", ATLS_SCHEMA_VERSION },
		{ "t0_ns", t->t0 },
		{ "t1_ns", t->t1 },
		{ "events", t->events },
		{ "lost", t->lost_events },
		{ "jobs", t->jobs },
		{ "lost_packets", t->lost_packets },
	};
	int ret = 0;

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]) && !ret; i++)
		ret = put_integer(to->db, facts[i].key, facts[i].value);
	for (int id = 0; id < ATLS_EV_COUNT && !ret; id++)
		ret = ATLS_INSERT(to, event_count, .name = atls_event_describe(id)->name,
				  .count = t->by_event[id]);
	return ret;
}

static int put_codes(struct atls_inserts *to, const struct atls_enum_desc *list, size_t n)
{
	int ret = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < list[i].nvalues && !ret; k++)
			ret = ATLS_INSERT(to, enum, .domain = list[i].name,
					  .code = list[i].values[k].number,
					  .name = list[i].values[k].text);
	return ret;
}

int atls_facts_of_codes(struct atls_inserts *to)
{
	int ret = put_codes(to, atls_enums, atls_nenums);

	return ret ? ret : put_codes(to, atls_codes, atls_ncodes);
}
