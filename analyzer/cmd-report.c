/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls report */
#include "cmd.h"
#include "log.h"

static int run(int argc, char **argv)
{
	(void)argc;
	atls_error("%s: not here yet", argv[0]);
	return ATLS_EXIT_USAGE;
}

const struct atls_cmd atls_cmd_report = { "report", "say where the time went", run };
