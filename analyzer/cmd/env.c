/* SPDX-License-Identifier: Apache-2.0 */
/* asynctls env */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/paths.h"
#include "base/quote.h"
#include "cmd/cmd.h"
#include "record/environment.h"
#include "record/options.h"
#include "record/place.h"

#define ENGINE_DEFAULT "workers=2"
#define MOST 6

static const char help[] =
	"usage: asynctls env [--format=shell|systemd|docker] [OPTIONS]\n"
	"\n"
	"Print the environment with which a server can be started once, and recorded whenever wanted by\n"
	"'asynctls start' or 'asynctls record --pid'. While it is not recorded it hardly notices.\n"
	"\n"
	"      --format=FORMAT     shell    eval \"$(asynctls env)\" (default)\n"
	"                          systemd  a drop-in for the server's unit\n"
	"                          docker   options of docker run\n"
	"      --session=NAME      servers of one name are recorded together (" ATLS_PLACE_DEFAULT
	")\n"
	"      --mode=MODE         observe (default), engine, bridge\n"
	"      --engine=SPEC       the built-in engine (" ENGINE_DEFAULT
	"); in modes engine and bridge\n"
	"      --bridge=SIDE       of server (default), client, both: whose handshakes are bridged\n"
	"      --bridge-only=NAME,...  bridge these programs only\n"
	"  -h, --help              this text\n"
	"\n"
	"A server that changes its root directory (chroot) can be recorded only if the recording begins\n"
	"before it does so, or if the home directory of the session lies inside.\n";

struct wish {
	const char *format, *session, *mode, *engine, *bridge, *bridge_only;
};

enum { OPT_FORMAT = 256, OPT_SESSION, OPT_MODE, OPT_ENGINE, OPT_BRIDGE, OPT_BRIDGE_ONLY };

/* Returns -1 to go on, or an exit status. */
static int parse(int argc, char **argv, struct wish *w)
{
	static const struct option options[] = {
		{ "format", required_argument, NULL, OPT_FORMAT },
		{ "session", required_argument, NULL, OPT_SESSION },
		{ "mode", required_argument, NULL, OPT_MODE },
		{ "engine", required_argument, NULL, OPT_ENGINE },
		{ "bridge", required_argument, NULL, OPT_BRIDGE },
		{ "bridge-only", required_argument, NULL, OPT_BRIDGE_ONLY },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char **const values[] = { &w->format, &w->session, &w->mode,
					&w->engine, &w->bridge,	 &w->bridge_only };
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h') {
			fputs(help, stdout);
			return ATLS_EXIT_OK;
		}
		if (c == '?') {
			atls_error("env: %s is not an option, or lacks its value; see --help",
				   argv[optind - 1]);
			return ATLS_EXIT_USAGE;
		}
		*values[c - OPT_FORMAT] = optarg;
	}
	if (!argv[optind])
		return -1;
	atls_error("env: takes no argument '%s'", argv[optind]);
	return ATLS_EXIT_USAGE;
}

static bool check(struct wish *w)
{
	bool observe = !strcmp(w->mode, "observe");

	if (strcmp(w->format, "shell") && strcmp(w->format, "systemd") &&
	    strcmp(w->format, "docker")) {
		atls_error("env: --format: '%s' is not shell, systemd or docker", w->format);
		return false;
	}
	if (!atls_options_check_mode("env", w->mode))
		return false;
	if (observe && w->engine) {
		atls_error("env: --engine needs --mode=engine or --mode=bridge");
		return false;
	}
	if ((w->bridge || w->bridge_only) && strcmp(w->mode, "bridge")) {
		atls_error("env: --bridge and --bridge-only need --mode=bridge");
		return false;
	}
	if (!observe && !w->engine)
		w->engine = ENGINE_DEFAULT;
	return (!w->engine || atls_options_check_engine("env", w->engine)) &&
	       (!w->bridge || atls_options_check_bridge("env", w->bridge));
}

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

static int print(const struct wish *w, const struct atls_place *place, const char *shim)
{
	const struct atls_variable all[MOST] = {
		{ "LD_PRELOAD", shim },		  { "LTTNG_HOME", place->home },
		{ "ASYNCTLS_MODE", w->mode },	  { "ASYNCTLS_ENGINE", w->engine },
		{ "ASYNCTLS_BRIDGE", w->bridge }, { "ASYNCTLS_BRIDGE_ONLY", w->bridge_only },
	};
	struct atls_variable env[MOST];
	int n = 0;

	for (int i = 0; i < MOST; i++)
		if (all[i].value)
			env[n++] = all[i];
	if (!strcmp(w->format, "shell"))
		print_shell(env, n);
	else if (!strcmp(w->format, "systemd"))
		print_systemd(env, n, place);
	else
		print_docker(env, n, place, shim);
	return ATLS_EXIT_OK;
}

static int run(int argc, char **argv)
{
	struct wish w = { .format = "shell", .mode = "observe" };
	struct atls_place place;
	char shim[PATH_MAX];
	int status = parse(argc, argv, &w);

	if (status >= 0)
		return status;
	if (!check(&w) || atls_place_init(&place, w.session))
		return ATLS_EXIT_USAGE;
	if (atls_path_shim(shim, sizeof(shim)) || strpbrk(shim, " :")) {
		atls_error("%s: the shim is missing, or its path has a space or a colon", shim);
		return ATLS_EXIT_ENVIRONMENT;
	}
	/* So that a unit or a container can be given the directory before anything is recorded. */
	if (atls_place_make(&place))
		return ATLS_EXIT_ENVIRONMENT;
	return print(&w, &place, shim);
}

const struct atls_cmd atls_cmd_env = { "env",
				       "print the environment for a server to be recorded later",
				       run };
