/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Build tool: prints SQL in which codes stand by name, with their numbers. @OUTCOME_ERROR@ is that
 * of ATLS_OUTCOME_ERROR; a name that is in no list ends the build. So queries compare with
 * constants, which the planner sees, and no number stands in two places.
 *
 *   embed FILE        the SQL, for tests that make databases of their own
 *   embed FILE NAME   a C string constant called NAME
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codes.h"

#define ATLS_VALUE(symbol, text, number) { #symbol, number },
#define ATLS_ENUM(name, values) values
#define ATLS_EVENT(...)
static const struct {
	const char *symbol;
	int number;
} codes[] = {
#include "base/codes.def"
#include "events/catalogue.def"
	{ "SCHEMA_VERSION", ATLS_SCHEMA_VERSION },
};

/* The number of the code called by the first n bytes of symbol, or -1. */
static int find(const char *symbol, size_t n)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (!strncmp(codes[i].symbol, symbol, n) && !codes[i].symbol[n])
			return codes[i].number;
	return -1;
}

/* Print a line; quoted: as part of a C string. NULL, or where it names a code that there is not. */
static const char *print(const char *line, int quoted)
{
	for (; *line; line++) {
		if (*line == '@') {
			size_t n = strcspn(line + 1, "@");
			int number = find(line + 1, n);

			if (number < 0)
				return line;
			printf("%d", number);
			line += n + 1;
			continue;
		}
		if (quoted && (*line == '"' || *line == '\\'))
			putchar('\\');
		putchar(*line);
	}
	return NULL;
}

static int embed(FILE *f, const char *file, const char *name)
{
	const char *bad = NULL;
	char *line = NULL;
	size_t size = 0;
	int number = 0;

	if (name)
		printf("static const char %s[] =\n", name);
	while (!bad && getline(&line, &size, f) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		number++;
		fputs(name ? "\t\"" : "", stdout);
		bad = print(line, name != NULL);
		puts(name ? "\\n\"" : "");
	}
	if (name)
		puts("\t;");
	if (bad)
		fprintf(stderr, "%s:%d: no such code: %s\n", file, number, bad);
	free(line);
	return bad != NULL || ferror(f) || fflush(stdout);
}

int main(int argc, char **argv)
{
	FILE *f = argc > 1 ? fopen(argv[1], "re") : NULL;
	int ret;

	if (!f) {
		fprintf(stderr, "usage: embed FILE [NAME]; FILE must be there\n");
		return 1;
	}
	ret = embed(f, argv[1], argv[2]);
	fclose(f);
	return ret;
}
