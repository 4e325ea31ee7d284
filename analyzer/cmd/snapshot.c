/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls snapshot: writes out the ring of a recording in the background. */
#include <string.h>

#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "record/client.h"

#define NAME_MOST 40

static const char *session, *name;

static const struct atls_arg args[] = {
	ATLS_OPTION_SESSION(&session),
	{ "name", 0, "NAME", "what the snapshot is called", .text = &name },
	{ 0 },
};

static int run(int argc, char **argv)
{
	struct atls_session_paths paths;

	if (name && (!*name || strchr(name, '/') || strlen(name) > NAME_MOST)) {
		atls_error("snapshot: '%s' cannot be the name of a snapshot", name);
		return ATLS_EXIT_USAGE;
	}
	return atls_session_paths_init(&paths, session) ? ATLS_EXIT_USAGE
							: atls_client_snapshot(&paths, name);
}

const struct atls_cmd atls_cmd_snapshot = {
	.name = "snapshot",
	.summary = "write out a ring of start --ring",
	.usage = "[--session=NAME] [--name=NAME]",
	.about = "Write out what the ring of 'asynctls start --ring' holds, and empty it.",
	.args = args,
	.run = run,
};
