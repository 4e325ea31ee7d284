/* SPDX-License-Identifier: Apache-2.0 */
/* duration.c, held against the list that all languages share. TAP. */
#include "duration.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

/* One line of the list: "TEXT<tab>NS", where NS is "-" if the text is no duration. */
static void test_line(char *line)
{
	char *want = strchr(line, '\t');
	int64_t ns = -1;

	if (!ok(want != NULL, "the line has two columns"))
		return;
	*want++ = '\0';
	want[strcspn(want, "\n")] = '\0';
	ok(atls_duration_parse(line, &ns) == (strcmp(want, "-") != 0), line);
	is(ns, strcmp(want, "-") ? strtoll(want, NULL, 10) : -1, line);
}

static int test_list(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[256];
	int n = 0;

	if (!ok(file != NULL, path))
		return 0;
	while (fgets(line, sizeof(line), file))
		if (line[0] != '#') {
			test_line(line);
			n++;
		}
	fclose(file);
	return n;
}

int main(int argc, char **argv)
{
	int64_t ns = -1;

	setlocale(LC_ALL, "");
	ok(argc == 2 && test_list(argv[1]) > 20, "the list was read");
	ok(!atls_duration_parse("", &ns) && ns == -1, "nothing is no duration");
	ok(atls_duration_parse_n("15ms..2s", 4, &ns) && ns == 15000000, "the beginning of a text");
	ok(!atls_duration_parse_n("15ms", 2, &ns), "a unit that is cut off");
	return done();
}
