/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the large tables by INSERT, and their indices at the end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/draft.h"
#include "store/inserts.h"
#include "store/writer.h"

/* Run an SQL statement with the name, the table and the column of each index. */
static int for_indices(sqlite3 *db, const char *format)
{
	char sql[200];
	int ret = 0;

	for (int i = 0; i < ATLS_INDICES && !ret; i++) {
		const struct atls_table *t = &atls_tables[atls_indices[i].table];

		snprintf(sql, sizeof(sql), format, atls_indices[i].name, t->name,
			 t->columns[atls_indices[i].column]);
		ret = atls_sql_exec(db, sql);
	}
	return ret;
}

static void destroy(void *state)
{
	struct atls_inserts *to = state;

	atls_inserts_finish(to);
	sqlite3_close(to->db);
	free(to);
}

static int begin(const char *path, void **state)
{
	struct atls_inserts *to = calloc(1, sizeof(*to));
	int ret;

	if (!to)
		return -ENOMEM;
	ret = atls_draft_open(path, &to->db);
	if (!ret)
		ret = for_indices(to->db, "DROP INDEX %1$s");
	if (ret)
		destroy(to);
	else
		*state = to;
	return ret;
}

static int add(void *state, enum atls_table_id table, const int64_t *values, unsigned n)
{
	return atls_insert_integers(state, table, values);
}

static int finish(void *state)
{
	struct atls_inserts *to = state;
	int ret = for_indices(to->db, "CREATE INDEX %s ON %s(%s)"), closed;

	atls_inserts_finish(to);
	closed = atls_draft_close(to->db);
	to->db = NULL;
	return ret ? ret : closed;
}

const struct atls_writer atls_insert_writer = { "insert", begin, add, finish, destroy };
