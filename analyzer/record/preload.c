/* SPDX-License-Identifier: Apache-2.0 */
/* The environment of a server that is to be recorded later, as text. */
#include "record/preload.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/quote.h"
#include "record/environment.h"

#define MOST 6

static void print_shell(const struct atls_variable *env, int n)
{
	char word[PATH_MAX + 16];

	/* The first is what is preloaded; something may be already. */
	printf("export LD_PRELOAD=%s${LD_PRELOAD:+:$LD_PRELOAD}\n",
	       atls_quote(word, sizeof(word), env[0].value));
	for (int i = 1; i < n; i++)
		printf("export %s=%s\n", env[i].name, atls_quote(word, sizeof(word), env[i].value));
}

/* Quotes and backslashes are special to systemd, and percent signs are. */
static void print_systemd(const struct atls_variable *env, int n, const struct atls_place *place)
{
	puts("# A drop-in: systemctl edit UNIT, then restart the unit once.\n[Service]");
	for (int i = 0; i < n; i++) {
		printf("Environment=\"%s=", env[i].name);
		for (const char *c = env[i].value; *c; c++)
			printf(*c == '"' || *c == '\\' ? "\\%c" : *c == '%' ? "%%%c" : "%c", *c);
		puts("\"");
	}
	printf("# If the unit has ProtectSystem=, TemporaryFileSystem= or its own root: it has to see\n"
	       "BindReadOnlyPaths=%s %s\n",
	       place->home, place->epoch);
}

static void print_docker(const struct atls_variable *env, int n, const struct atls_place *place,
			 const char *shim)
{
	char word[PATH_MAX + 64];

	for (int i = 0; i < n; i++) {
		char pair[PATH_MAX + 32];

		snprintf(pair, sizeof(pair), "%s=%s", env[i].name, env[i].value);
		printf("--env %s\n", atls_quote(word, sizeof(word), pair));
	}
	printf("--volume %s:%s\n", place->home, place->home);
	printf("--volume %s:%s:ro\n", place->epoch, place->epoch);
	printf("--volume %.*s:%.*s:ro\n", (int)(strrchr(shim, '/') - shim), shim,
	       (int)(strrchr(shim, '/') - shim), shim);
	puts("--ipc host");
}

void atls_preload_print(const char *format, const struct atls_shim_options *o,
			const struct atls_place *place, const char *shim)
{
	const struct atls_variable all[MOST] = {
		{ "LD_PRELOAD", shim },		  { "LTTNG_HOME", place->home },
		{ "ASYNCTLS_MODE", o->mode },	  { "ASYNCTLS_ENGINE", o->engine },
		{ "ASYNCTLS_BRIDGE", o->bridge }, { "ASYNCTLS_BRIDGE_ONLY", o->bridge_only },
	};
	struct atls_variable env[MOST];
	int n = 0;

	for (int i = 0; i < MOST; i++)
		if (all[i].value)
			env[n++] = all[i];
	if (!strcmp(format, "shell"))
		print_shell(env, n);
	else if (!strcmp(format, "systemd"))
		print_systemd(env, n, place);
	else
		print_docker(env, n, place, shim);
}
