/* SPDX-License-Identifier: Apache-2.0 */
/* groups.c: every event is in a group, and lists of groups are understood. */
#include <string.h>

#include "groups.h"
#include "test.h"
#include "trace.h"

int main(void)
{
	char word[32], text[64];

	for (int id = 0; id < ATLS_EV_COUNT; id++)
		ok(atls_group_of(atls_event_describe(id)->name) != 0,
		   atls_event_describe(id)->name);
	is(atls_group_of("job_time"), ATLS_GROUP_WATCH, "job_time is not one of the job's");
	is(atls_group_of("thread"), ATLS_GROUP_ALWAYS, "threads are always named");
	is(atls_groups_parse("loop,job", word, sizeof(word)),
	   ATLS_GROUP_LOOP | ATLS_GROUP_JOB | ATLS_GROUP_ALWAYS, "two of them");
	is(atls_groups_parse("job,jobs", word, sizeof(word)), 0, "one that does not exist");
	ok(!strcmp(word, "jobs"), "is named");
	is(atls_groups_parse("", word, sizeof(word)), 0, "none");
	is(atls_groups_parse("job,", word, sizeof(word)), 0, "one too few");
	ok(!strcmp(atls_groups_format(ATLS_GROUPS_DEFAULT, text, sizeof(text)),
		   "job,ssl,engine,loop"),
	   "and back");
	return done();
}
