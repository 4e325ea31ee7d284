/* SPDX-License-Identifier: Apache-2.0 */
/* groups.c: lists of groups are understood; trace.c: the groups that must not be mixed up. */
#include <string.h>

#include "events/groups.h"
#include "events/trace.h"
#include "test.h"

int main(void)
{
	char word[32], text[64];

	is(atls_event_describe(ATLS_EV_job_time)->group, ATLS_GROUP_WATCH,
	   "job_time is not one of the job's");
	is(atls_event_describe(ATLS_EV_peer)->group, ATLS_GROUP_ADDRESS,
	   "peers are only recorded if asked for");
	is(atls_event_describe(ATLS_EV_thread)->group, ATLS_GROUP_ALWAYS,
	   "threads are always named");
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
