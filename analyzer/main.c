/* SPDX-License-Identifier: Apache-2.0 */
/* The asynctls program: finds the command and runs it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cmd/cmd.h"

static const struct atls_cmd *const commands[] = {
	/* clang-format off */
	&atls_cmd_record,
	&atls_cmd_env,
	&atls_cmd_start,
	&atls_cmd_stop,
	&atls_cmd_snapshot,
	&atls_cmd_status,
	&atls_cmd_analyze,
	&atls_cmd_report,
	&atls_cmd_lint,
	&atls_cmd_show,
	&atls_cmd_diff,
	&atls_cmd_query,
	&atls_cmd_export,
	&atls_cmd_plot,
	&atls_cmd_html,
	&atls_cmd_doctor,
	/* clang-format on */
};

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

static const struct atls_cmd *find(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

/* The status to end with: what could not be written is no answer. */
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
	cmd = find(argv[1]);
	if (!cmd) {
		atls_error("there is no command '%s'; 'asynctls --help' lists them", argv[1]);
		return ATLS_EXIT_USAGE;
	}
	return flush(cmd->run(argc - 1, argv + 1));
}
