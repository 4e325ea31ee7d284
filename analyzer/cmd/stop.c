/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls stop: ends a recording in the background. */
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "record/client.h"

static const char *session;

static const struct atls_arg args[] = { ATLS_OPTION_SESSION(&session), { 0 } };

static int run(int argc, char **argv)
{
	struct atls_session_paths paths;

	return atls_session_paths_init(&paths, session) ? ATLS_EXIT_USAGE
							: atls_client_stop(&paths);
}

const struct atls_cmd atls_cmd_stop = {
	.name = "stop",
	.summary = "end what start has begun",
	.usage = "[--session=NAME]",
	.about =
		"End what 'asynctls start' has begun, and sum it up; also if it has ended by itself.",
	.args = args,
	.run = run,
};
