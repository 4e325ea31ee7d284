/* SPDX-License-Identifier: Apache-2.0 */
/* What the environment asks of the shim. */
#include "base/config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"

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

static bool read_sides(const char *word)
{
	if (!strcmp(word, "server"))
		atls_config.bridge_sides = ATLS_BRIDGE_SERVERS;
	else if (!strcmp(word, "client"))
		atls_config.bridge_sides = ATLS_BRIDGE_CLIENTS;
	else if (!strcmp(word, "both"))
		atls_config.bridge_sides = ATLS_BRIDGE_SERVERS | ATLS_BRIDGE_CLIENTS;
	else {
		atls_complain("ASYNCTLS_BRIDGE: '%s' is not server, client or both", word);
		return false;
	}
	return true;
}

/* Whether this program is one of those in a list of names, separated by commas. */
static bool is_named(const char *list)
{
	size_t n = strlen(program_invocation_short_name);

	for (; *list; list += strcspn(list, ","), list += *list == ',')
		if (strcspn(list, ",") == n && !strncmp(list, program_invocation_short_name, n))
			return true;
	return false;
}

static void read_bridge(void)
{
	const char *sides = secure_getenv("ASYNCTLS_BRIDGE");
	const char *only = secure_getenv("ASYNCTLS_BRIDGE_ONLY");

	if ((sides && *sides && !read_sides(sides)) || (only && *only && !is_named(only)))
		atls_config.mode = ATLS_MODE_OBSERVE;
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
