/* SPDX-License-Identifier: Apache-2.0 */
/* The environment that makes the shim trace a program. */
#include "record/shim-environment.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/quote.h"
#include "record/environment.h"

#define MOST 6

int atls_shim_environment(const struct atls_record_options *o, struct atls_variable *env)
{
	int n = 0;

	env[n++] = (struct atls_variable){ "ASYNCTLS_MODE", o->shim.mode };
	env[n++] = (struct atls_variable){ "ASYNCTLS_ENGINE", o->shim.engine };
	/* Set by an option only, but inherited if there is none. */
	if (o->shim.bridge)
		env[n++] = (struct atls_variable){ "ASYNCTLS_BRIDGE", o->shim.bridge };
	if (o->shim.bridge_only)
		env[n++] = (struct atls_variable){ "ASYNCTLS_BRIDGE_ONLY", o->shim.bridge_only };
	return n;
}

static void print_shell(const struct atls_variable *env, int n)
{
	char word[PATH_MAX + 16];

	/* The first is LD_PRELOAD; the server's environment may have one already. */
	printf("export LD_PRELOAD=%s${LD_PRELOAD:+:$LD_PRELOAD}\n",
	       atls_quote(word, sizeof(word), env[0].value));
	for (int i = 1; i < n; i++)
		printf("export %s=%s\n", env[i].name, atls_quote(word, sizeof(word), env[i].value));
}

/* Quotes, backslashes and percent signs are special to systemd. */
static void print_systemd(const struct atls_variable *env, int n,
			  const struct atls_session_paths *paths)
{
	puts("# A drop-in: systemctl edit UNIT, then restart the unit once.\n[Service]");
	for (int i = 0; i < n; i++) {
		printf("Environment=\"%s=", env[i].name);
		for (const char *c = env[i].value; *c; c++)
			printf(*c == '"' || *c == '\\' ? "\\%c" : *c == '%' ? "%%%c" : "%c", *c);
		puts("\"");
	}
	/* "-": a unit starts though the place is gone, as it is after a restart of the machine. */
	printf("# If the unit has ProtectSystem=, TemporaryFileSystem= or its own root: it has to see\n"
	       "BindReadOnlyPaths=-%s -%s\n",
	       paths->home, paths->epoch);
}

static void print_docker(const struct atls_variable *env, int n,
			 const struct atls_session_paths *paths, const char *shim)
{
	char word[PATH_MAX + 64];

	for (int i = 0; i < n; i++) {
		char pair[PATH_MAX + 32];

		snprintf(pair, sizeof(pair), "%s=%s", env[i].name, env[i].value);
		printf("--env %s\n", atls_quote(word, sizeof(word), pair));
	}
	printf("--volume %s:%s\n", paths->home, paths->home);
	printf("--volume %s:%s:ro\n", paths->epoch, paths->epoch);
	printf("--volume %.*s:%.*s:ro\n", (int)(strrchr(shim, '/') - shim), shim,
	       (int)(strrchr(shim, '/') - shim), shim);
	puts("--ipc host");
}

void atls_shim_environment_print(const char *format, const struct atls_shim_options *o,
				 const struct atls_session_paths *paths, const char *shim)
{
	const struct atls_variable all[MOST] = {
		{ "LD_PRELOAD", shim },		  { "LTTNG_HOME", paths->home },
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
		print_systemd(env, n, paths);
	else
		print_docker(env, n, paths, shim);
}
