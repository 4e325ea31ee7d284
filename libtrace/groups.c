/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of events. */
#include "groups.h"

#include <stdio.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* The first prefix that an event's name begins with decides. */
static const struct {
	const char *prefix;
	unsigned int group;
} rules[] = {
	{ "job_time", ATLS_GROUP_WATCH },  { "peer", ATLS_GROUP_ADDRESS },
	{ "process", ATLS_GROUP_ALWAYS },  { "thread", ATLS_GROUP_ALWAYS },
	{ "job_", ATLS_GROUP_JOB },	   { "no_job", ATLS_GROUP_JOB },
	{ "pool_", ATLS_GROUP_JOB },	   { "pause_", ATLS_GROUP_JOB },
	{ "mem_", ATLS_GROUP_JOB },	   { "stack", ATLS_GROUP_JOB },
	{ "wait_", ATLS_GROUP_JOB },	   { "wake", ATLS_GROUP_JOB },
	{ "callback_", ATLS_GROUP_JOB },   { "fd_", ATLS_GROUP_JOB },
	{ "fds_", ATLS_GROUP_JOB },	   { "no_fd", ATLS_GROUP_JOB },
	{ "resume_", ATLS_GROUP_JOB },	   { "engine_", ATLS_GROUP_ENGINE },
	{ "loop_", ATLS_GROUP_LOOP },	   { "watch_", ATLS_GROUP_LOOP },
	{ "ssl_", ATLS_GROUP_SSL },	   { "handshake", ATLS_GROUP_SSL },
	{ "server_name", ATLS_GROUP_SSL }, { "bridge_", ATLS_GROUP_SSL },
};

static const struct {
	const char *name;
	unsigned int group;
} names[] = {
	{ "job", ATLS_GROUP_JOB },
	{ "ssl", ATLS_GROUP_SSL },
	{ "engine", ATLS_GROUP_ENGINE },
	{ "loop", ATLS_GROUP_LOOP },
};

unsigned int atls_group_of(const char *name)
{
	for (size_t i = 0; i < LENGTH(rules); i++)
		if (!strncmp(name, rules[i].prefix, strlen(rules[i].prefix)))
			return rules[i].group;
	return 0;
}

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
