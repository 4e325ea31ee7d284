/* SPDX-License-Identifier: Apache-2.0 */
/* The asynctls program: finds the command and runs it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cmd/cmd.h"
#include "commands.h"

/* meson.build lists them. */
#define X(name) extern const struct atls_cmd atls_cmd_##name;
ATLS_COMMANDS
#undef X

#define X(name) &atls_cmd_##name,
static const struct atls_cmd *const commands[] = { ATLS_COMMANDS };
#undef X

static void help(FILE *out)
{
	fputs("usage: asynctls COMMAND [OPTIONS]\n"
	      "\n"
	      "Record and see where asynchronous TLS spends its time.\n"
	      "\n",
	      out);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\n"
	      "'asynctls COMMAND --help' describes one command; 'asynctls --version' names this version.\n",
	      out);
}

static const struct atls_cmd *find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

/* ---- one command ---------------------------------------------------------------------------- */

static void print_help(const struct atls_cmd *c)
{
	const char *lead = "usage:";

	for (const char *use = c->usage, *end; *use; use = end + (*end == '\n')) {
		end = strchrnul(use, '\n');
		printf("%-6s asynctls %s %.*s\n", lead, c->name, (int)(end - use), use);
		lead = "";
	}
	printf("\n%s\n\n", c->about);
	atls_args_help(c->args);
	if (c->notes)
		printf("\n%s\n", c->notes);
}

static void refuse_argument(const struct atls_cmd *c, const char *word)
{
	const struct atls_arg *a = c->args;

	while (a->name && strcmp(a->name, "input"))
		a++;
	atls_error("%s: takes no argument '%s'%s", c->name, word,
		   a->name ? "; the recording is named with -i" : "");
}

static int run(const struct atls_cmd *c, int argc, char **argv)
{
	int first = c->args ? atls_args(argc, argv, c->args, c->takes_program) : 1;

	if (first == ATLS_ARGS_WRONG)
		return ATLS_EXIT_USAGE;
	if (first == ATLS_ARGS_HELP) {
		print_help(c);
		return ATLS_EXIT_OK;
	}
	if (c->args && first < argc && !c->takes_arguments && !c->takes_program) {
		refuse_argument(c, argv[first]);
		return ATLS_EXIT_USAGE;
	}
	return c->run(argc - first, argv + first);
}

/* The exit status: an answer that could not be written is an error. */
static int flush(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	atls_error("standard output: %s", strerror(errno));
	return ATLS_EXIT_TRACE;
}

int main(int argc, char **argv)
{
	const struct atls_cmd *cmd;

	if (argc < 2) {
		help(stderr);
		return ATLS_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		help(stdout);
		return ATLS_EXIT_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("asynctls " ATLS_VERSION);
		return ATLS_EXIT_OK;
	}
	cmd = find_command(argv[1]);
	if (!cmd) {
		atls_error("there is no command '%s'; 'asynctls --help' lists them", argv[1]);
		return ATLS_EXIT_USAGE;
	}
	return flush(run(cmd, argc - 1, argv + 1));
}
