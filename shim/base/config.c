/* SPDX-License-Identifier: Apache-2.0 */
/* What the environment asks of the shim. */
#include "base/config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/program.h"
#include "spec/bridge-rule.h"

struct atls_config atls_config = { .mode = ATLS_MODE_OBSERVE, .bridge_sides = ATLS_BRIDGE_SERVERS };

static bool read_mode(const char *word)
{
	const struct atls_enum_desc *modes = atls_enum_find("mode");

	for (size_t i = 0; i < modes->nvalues; i++)
		if (!strcmp(modes->values[i].text, word)) {
			atls_config.mode = modes->values[i].number;
			return true;
		}
	atls_complain("ASYNCTLS_MODE: '%s' is not observe, engine or bridge", word);
	return false;
}

/* The program is bridged if it is known good or asked for; else it is observed. */
static void read_bridge(void)
{
	struct atls_bridge_wish wish = { .sides = ATLS_BRIDGE_SERVERS,
					 .only = secure_getenv("ASYNCTLS_BRIDGE_ONLY") };
	const char *words = secure_getenv("ASYNCTLS_BRIDGE");
	char file[64];

	atls_config.mode = ATLS_MODE_OBSERVE;
	if (atls_bridge_wish_read(&wish, words)) {
		atls_complain("ASYNCTLS_BRIDGE: '%s' is not server, client, both or force", words);
		return;
	}
	atls_program_file(file, sizeof(file));
	atls_config.bridge_sides = wish.sides;
	atls_config.bridge_rule = atls_bridge_rule(&wish, program_invocation_short_name, file);
	if (atls_bridge_rule_takes(atls_config.bridge_rule))
		atls_config.mode = ATLS_MODE_BRIDGE;
}

/* A program that gains rights when it is run takes no orders from who runs it. */
void atls_config_read(void)
{
	const char *mode = secure_getenv("ASYNCTLS_MODE");

	atls_config.provider = secure_getenv("ASYNCTLS_PROVIDER");
	if (mode && *mode && !read_mode(mode))
		return;
	atls_config.engine = secure_getenv("ASYNCTLS_ENGINE");
	if (atls_config.mode == ATLS_MODE_BRIDGE)
		read_bridge();
}
