/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of small tables that wait in memory until the large ones are complete. */
#include "store/later.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int append(struct atls_later *l, const void *bytes, size_t size)
{
	if (l->used + size > l->room) {
		size_t room = (l->used + size) * 2;
		char *bigger = realloc(l->bytes, room);

		if (!bigger)
			return -ENOMEM;
		l->bytes = bigger;
		l->room = room;
	}
	memcpy(l->bytes + l->used, bytes, size);
	l->used += size;
	return 0;
}

/* With the NUL at its end; the length 0 is NULL. */
static int append_text(struct atls_later *l, const char *text)
{
	size_t length = text ? strlen(text) + 1 : 0;
	int ret = append(l, &length, sizeof(length));

	return ret || !text ? ret : append(l, text, length);
}

int atls_later_add(struct atls_later *l, enum atls_table_id table,
		   const union atls_sql_value *values)
{
	const char *types = atls_tables[table].types;
	int ret = append(l, &table, sizeof(table));

	for (int i = 0; types[i] && !ret; i++)
		ret = types[i] == 't' ? append_text(l, values[i].text)
				      : append(l, &values[i].number, sizeof(values[i].number));
	return ret;
}

static void take(const char **at, void *to, size_t size)
{
	memcpy(to, *at, size);
	*at += size;
}

static const char *take_text(const char **at)
{
	const char *text;
	size_t length;

	take(at, &length, sizeof(length));
	text = *at;
	*at += length;
	return length ? text : NULL;
}

int atls_later_insert(const struct atls_later *l, struct atls_inserts *to)
{
	const char *at = l->bytes;
	int ret = 0;

	while (!ret && at < l->bytes + l->used) {
		union atls_sql_value values[ATLS_MAX_COLUMNS];
		enum atls_table_id table;

		take(&at, &table, sizeof(table));
		for (int i = 0; atls_tables[table].types[i]; i++)
			if (atls_tables[table].types[i] == 't')
				values[i].text = take_text(&at);
			else
				take(&at, &values[i].number, sizeof(values[i].number));
		ret = atls_insert(to, table, values);
	}
	return ret;
}

void atls_later_finish(struct atls_later *l)
{
	free(l->bytes);
	*l = (struct atls_later){ 0 };
}
