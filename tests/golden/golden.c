/* SPDX-License-Identifier: Apache-2.0 */
/*
 * golden [--update] TOPIC...: analyze TOPIC/events.txt by each writer and compare the database, as
 * dump.sql writes it, with TOPIC/jobs.expected. In every one the phases must tile each job exactly.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit/test.h"
#include "base/sqlite.h"
#include "dump.sql.h"
#include "store/analysis.h"
#include "store/open.h"
#include "store/writer.h"

/*
 * Jobs whose slices do not follow each other without gap or overlap from begin to end, or do not
 * sum up.
 */
static const char untiled_sql[] =
	"SELECT count(*) FROM v_job j WHERE"
	" EXISTS (SELECT 1 FROM (SELECT seq, ts_ns, dur_ns, lag(ts_ns + dur_ns, 1, j.ts_ns) OVER (ORDER BY seq)"
	"  AS expected FROM v_slice s WHERE s.job_id = j.job_id) WHERE ts_ns <> expected OR dur_ns <= 0)"
	" OR (j.dur_ns >= 0 AND j.dur_ns <> busy_ns + offload_ns + notify_ns + requeue_ns)"
	" OR (SELECT coalesce(sum(dur_ns), 0) FROM v_slice s WHERE s.job_id = j.job_id)"
	"  <> busy_ns + offload_ns + notify_ns + requeue_ns"
	" OR EXISTS (SELECT 1 FROM (SELECT 'busy' AS phase, busy_ns AS ns UNION ALL SELECT 'offload', offload_ns"
	"  UNION ALL SELECT 'notify', notify_ns UNION ALL SELECT 'requeue', requeue_ns) AS p WHERE ns <>"
	"  (SELECT coalesce(sum(dur_ns), 0) FROM v_slice s WHERE s.job_id = j.job_id AND s.phase = p.phase))";

static char *dump(sqlite3 *db)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	sqlite3_stmt *s;

	if (!f || atls_sql_prepare(db, atls_dump_sql, &s))
		abort();
	while (atls_sql_step(s) == 1)
		fprintf(f, "%s\n", sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	fclose(f);
	return text;
}

static char *slurp(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (!f || getdelim(&text, &size, '\0', f) < 0) {
		free(text);
		text = strdup("(nothing)");
	}
	if (f)
		fclose(f);
	return text;
}

static void spill(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	if (!f || fputs(text, f) < 0 || fclose(f))
		abort();
}

static void comment(const char *title, const char *text)
{
	printf("# %s\n", title);
	while (*text) {
		int n = (int)strcspn(text, "\n");

		printf("#   %.*s\n", n, text);
		text += n + (text[n] == '\n');
	}
}

static void check(const char *name, const char *expected, sqlite3 *db, bool update)
{
	char *got = dump(db), *want;
	char what[300];

	if (update)
		spill(expected, got);
	want = slurp(expected);
	snprintf(what, sizeof(what), "%s: rows are as expected", name);
	if (!ok(!strcmp(got, want), what)) {
		comment("got", got);
		comment("want", want);
	}
	snprintf(what, sizeof(what), "%s: phases tile every job", name);
	is(atls_sql_integer(db, -1, untiled_sql), 0, what);
	free(got);
	free(want);
}

static void run(const char *topic, const char *folder, const struct atls_writer *writer,
		bool update)
{
	struct atls_analysis_result result;
	struct atls_data d = { .calls = true, .writer = writer };
	char expected[PATH_MAX], name[200];
	sqlite3 *db;

	snprintf(d.trace, sizeof(d.trace), "%s/events.txt", topic);
	snprintf(d.db, sizeof(d.db), "%s/golden.db", folder);
	snprintf(expected, sizeof(expected), "%s/jobs.expected", topic);
	snprintf(name, sizeof(name), "%s, %s",
		 strrchr(topic, '/') ? strrchr(topic, '/') + 1 : topic, writer->name);
	if (!ok(!atls_analyze(&d, &result) && !atls_db_open(d.db, &db), topic))
		return;
	check(name, expected, db, update);
	sqlite3_close(db);
	unlink(d.db);
}

int main(int argc, char **argv)
{
	char folder[] = "/tmp/asynctls-golden-XXXXXX";
	bool update = argc > 1 && !strcmp(argv[1], "--update");

	if (!mkdtemp(folder))
		return 99;
	for (int i = update ? 2 : 1; i < argc; i++) {
		run(argv[i], folder, &atls_bulk_writer, update);
		run(argv[i], folder, &atls_insert_writer, false);
	}
	rmdir(folder);
	return done();
}
