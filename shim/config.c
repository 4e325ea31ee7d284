/* SPDX-License-Identifier: Apache-2.0 */
/* What the environment asks of the shim. */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/device.h"

/* What a job, a worker and a wake-up cost in time is dearer than an operation below this. */
#define BRIDGED_DEVICE "min_cost=100us"

struct atls_config atls_config = { .mode = ATLS_MODE_OBSERVE, .bridge_sides = ATLS_BRIDGE_SERVERS };

void atls_complain(const char *format, ...)
{
	int saved = errno;
	char line[512] = "asynctls: ";
	size_t n = strlen(line);
	va_list args;
	ssize_t written;

	va_start(args, format);
	vsnprintf(line + n, sizeof(line) - n - 1, format, args);
	va_end(args);
	strcat(line, "\n");
	written = write(STDERR_FILENO, line, strlen(line));
	(void)written;
	errno = saved;
}

static bool mode_word(const char *word)
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

static bool sides_word(const char *word)
{
	if (!strcmp(word, "server"))
		atls_config.bridge_sides = ATLS_BRIDGE_SERVERS;
	else if (!strcmp(word, "client"))
		atls_config.bridge_sides = ATLS_BRIDGE_CLIENTS;
	else if (!strcmp(word, "both"))
		atls_config.bridge_sides = ATLS_BRIDGE_SERVERS | ATLS_BRIDGE_CLIENTS;
	else
		atls_complain("ASYNCTLS_BRIDGE: '%s' is not server, client or both", word);
	return !strcmp(word, "server") || !strcmp(word, "client") || !strcmp(word, "both");
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

static void bridge_words(void)
{
	const char *sides = getenv("ASYNCTLS_BRIDGE");
	const char *only = getenv("ASYNCTLS_BRIDGE_ONLY");

	if ((sides && *sides && !sides_word(sides)) || (only && *only && !is_named(only)))
		atls_config.mode = ATLS_MODE_OBSERVE;
}

void atls_config_read(void)
{
	const char *mode = getenv("ASYNCTLS_MODE");
	const char *engine = getenv("ASYNCTLS_ENGINE");
	char why[512];

	atls_config.provider = secure_getenv("ASYNCTLS_PROVIDER");
	if (mode && *mode && !mode_word(mode))
		return;
	if (atls_config.mode == ATLS_MODE_BRIDGE)
		atls_device_configure(BRIDGED_DEVICE, why, sizeof(why));
	if (engine && atls_device_configure(engine, why, sizeof(why))) {
		atls_complain("ASYNCTLS_ENGINE: %s", why);
		atls_config.mode = ATLS_MODE_OBSERVE;
	}
	if (atls_config.mode == ATLS_MODE_BRIDGE)
		bridge_words();
}
