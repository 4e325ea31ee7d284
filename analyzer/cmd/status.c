/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls status: what is recorded in the background, and what could be. */
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "record/client.h"

static const char *session;
static bool json;

static const struct atls_arg args[] = {
	ATLS_OPTION_SESSION(&session),
	ATLS_OPTION_JSON(&json),
	{ 0 },
};

static int run(int argc, char **argv)
{
	struct atls_session_paths paths;

	return atls_session_paths_init(&paths, session) ? ATLS_EXIT_USAGE
							: atls_client_status(&paths, json);
}

const struct atls_cmd atls_cmd_status = {
	.name = "status",
	.summary = "tell what is recorded, and what could be",
	.usage = "[--session=NAME] [--json]",
	.about = "Tell whether a session is being recorded, and which servers are there to be.",
	.args = args,
	.run = run,
};
