/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls doctor: says what can be traced in a program or process, and why not. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
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

static const char *const words[] = { "ok", "warning", "error" };

static enum atls_health worst(const struct atls_diagnosis *d)
{
	enum atls_health health = ATLS_FINE;

	for (int i = 0; i < d->n; i++)
		if (d->checks[i].health > health)
			health = d->checks[i].health;
	return health;
}

static void print_json(const struct atls_diagnosis *d, const char *subject)
{
	struct atls_json j;

	atls_json_init(&j, stdout);
	atls_json_begin_object(&j);
	atls_json_pair_int(&j, "schema_version", 1);
	atls_json_pair_string(&j, "subject", subject);
	atls_json_pair_bool(&j, "can_record", worst(d) != ATLS_BROKEN);
	atls_json_key(&j, "checks");
	atls_json_begin_array(&j);
	for (int i = 0; i < d->n; i++) {
		atls_json_begin_object(&j);
		atls_json_pair_string(&j, "name", d->checks[i].name);
		atls_json_pair_string(&j, "status", words[d->checks[i].health]);
		atls_json_pair_string(&j, "text", d->checks[i].text);
		atls_json_end_object(&j);
	}
	atls_json_end_array(&j);
	atls_json_end_object(&j);
	atls_json_finish(&j);
}

static void print_text(const struct atls_diagnosis *d)
{
	static const char *const conclusions[] = {
		"Recording works.",
		"Recording works; mind the warnings.",
		"Recording cannot work, for the errors above.",
	};

	for (int i = 0; i < d->n; i++)
		printf("%-8s %-14s %s\n", words[d->checks[i].health], d->checks[i].name,
		       d->checks[i].text);
	puts(conclusions[worst(d)]);
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
	if (json)
		print_json(&d, subject);
	else
		print_text(&d);
	return worst(&d) == ATLS_BROKEN ? ATLS_EXIT_ENVIRONMENT : ATLS_EXIT_OK;
}

const struct atls_cmd atls_cmd_doctor = {
	.name = "doctor",
	.summary = "say what can be traced in a program or process, and why not",
	.run = run,
};
