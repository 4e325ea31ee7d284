/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls doctor: says what can be traced in a program or process, and why not. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cmd/cmd.h"
#include "record/doctor/doctor.h"

static void help(FILE *out)
{
	fputs("usage: asynctls doctor [--json] [PROGRAM|PID]\n"
	      "\n"
	      "Say whether recording works on this machine, and what of PROGRAM, or of the running process\n"
	      "PID, can be traced. Exit status 4 if recording cannot work.\n"
	      "\n"
	      "  --json   print the checks as JSON\n"
	      "  --help   print this text\n",
	      out);
}

static int examine(struct atls_diagnosis *d, const char *subject)
{
	char *end;
	long pid = subject ? strtol(subject, &end, 10) : 0;

	if (!subject)
		return 0;
	return pid > 0 && !*end ? atls_doctor_process(d, (pid_t)pid)
				: atls_doctor_program(d, subject);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct atls_diagnosis d = { .n = 0 };
	bool json = false;
	const char *subject;
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) >= 0)
		switch (option) {
		case 'j':
			json = true;
			break;
		case 'h':
			help(stdout);
			return ATLS_EXIT_OK;
		default:
			help(stderr);
			return ATLS_EXIT_USAGE;
		}
	if (argc - optind > 1) {
		atls_error("doctor: one program or process at a time");
		return ATLS_EXIT_USAGE;
	}
	subject = argv[optind];
	if (examine(&d, subject))
		return ATLS_EXIT_ENVIRONMENT;
	atls_doctor_machine(&d);
	atls_diagnosis_print(&d, subject, json);
	return atls_diagnosis_worst(&d) == ATLS_BROKEN ? ATLS_EXIT_ENVIRONMENT : ATLS_EXIT_OK;
}

const struct atls_cmd atls_cmd_doctor = {
	.name = "doctor",
	.summary = "say what can be traced in a program or process, and why not",
	.run = run,
};
