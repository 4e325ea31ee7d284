/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls doctor: says what can be traced in a program or process, and why not. */
#include <stdlib.h>

#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "record/doctor/doctor.h"

static bool json;

static const struct atls_arg args[] = { ATLS_OPTION_JSON(&json), { 0 } };

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
	struct atls_diagnosis d = { .n = 0 };

	if (argc > 1) {
		atls_error("doctor: one program or process at a time");
		return ATLS_EXIT_USAGE;
	}
	if (examine(&d, argv[0]))
		return ATLS_EXIT_ENVIRONMENT;
	atls_doctor_machine(&d);
	atls_diagnosis_print(&d, argv[0], json);
	return atls_diagnosis_worst(&d) == ATLS_BROKEN ? ATLS_EXIT_ENVIRONMENT : ATLS_EXIT_OK;
}

const struct atls_cmd atls_cmd_doctor = {
	.name = "doctor",
	.summary = "say what can be traced in a program or process, and why not",
	.usage = "[--json] [PROGRAM|PID]",
	.about =
		"Say whether recording works on this machine, and what of PROGRAM, or of the running process\n"
		"PID, can be traced. Exit status 4 if recording cannot work.",
	.args = args,
	.takes_arguments = true,
	.run = run,
};
