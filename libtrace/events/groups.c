/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of events. */
#include "events/groups.h"

#include <stdio.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name;
	unsigned int group;
} names[] = {
	{ "job", ATLS_GROUP_JOB },
	{ "ssl", ATLS_GROUP_SSL },
	{ "engine", ATLS_GROUP_ENGINE },
	{ "loop", ATLS_GROUP_LOOP },
};

static unsigned int named(const char *word, size_t length)
{
	for (size_t i = 0; i < LENGTH(names); i++)
		if (strlen(names[i].name) == length && !strncmp(names[i].name, word, length))
			return names[i].group;
	return 0;
}

unsigned int atls_groups_parse(const char *list, char *word, size_t size)
{
	unsigned int groups = ATLS_GROUP_ALWAYS;

	for (;; list++) {
		size_t length = strcspn(list, ",");
		unsigned int group = named(list, length);

		if (!group) {
			snprintf(word, size, "%.*s", (int)length, list);
			return 0;
		}
		groups |= group;
		list += length;
		if (!*list)
			return groups;
	}
}

const char *atls_groups_format(unsigned int groups, char *buf, size_t size)
{
	size_t n = 0;

	*buf = '\0';
	for (size_t i = 0; i < LENGTH(names); i++)
		if (groups & names[i].group && n < size)
			n += snprintf(buf + n, size - n, "%s%s", n ? "," : "", names[i].name);
	return buf;
}
