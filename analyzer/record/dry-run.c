/* SPDX-License-Identifier: Apache-2.0 */
/* What a recording would do, for --dry-run. */
#include "record/dry-run.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/quote.h"
#include "events/groups.h"
#include "record/shim-environment.h"

static void print_time(const char *what, int64_t ns)
{
	if (ns)
		printf("%s: %g s\n", what, ns / 1e9);
}

static void print_size(const char *what, uint64_t bytes)
{
	if (bytes)
		printf("%s: %" PRIu64 " bytes\n", what, bytes);
}

static void print_limits(const struct atls_record_options *o)
{
	char groups[64];

	printf("events: %s%s\n", atls_groups_format(o->groups, groups, sizeof(groups)),
	       o->groups & ATLS_GROUP_ADDRESS ? ", and addresses" : "");
	print_time("delay", o->delay_ns);
	print_time("duration", o->duration_ns);
	print_size("max size", o->max_size);
	print_size("rotate size", o->rotate_size);
	print_time("rotate", o->rotate_ns);
	if (o->ring)
		puts("ring: yes");
	print_time("trigger: job longer than", o->trigger_ns);
	print_size("buffer", o->buffer);
}

static void print_environment(const struct recorder *r)
{
	struct atls_variable env[ATLS_SHIM_ENV];
	int n = atls_shim_environment(r->options, env);
	char quoted[4096];

	puts("environment:");
	printf("  LD_PRELOAD=%s\n", atls_quote(quoted, sizeof(quoted), r->shim));
	for (int i = 0; i < n; i++)
		if (env[i].value)
			printf("  %s=%s\n", env[i].name,
			       atls_quote(quoted, sizeof(quoted), env[i].value));
	puts("  LTTNG_HOME=(a private directory below /tmp)");
}

void atls_dry_run_print(const struct recorder *r)
{
	const struct atls_record_options *o = r->options;
	char quoted[4096];

	if (r->has_command) {
		fputs("command:", stdout);
		for (char **word = o->command; *word; word++)
			printf(" %s", atls_quote(quoted, sizeof(quoted), *word));
		printf("\nprogram: %s\n", r->target.path);
		if (atls_target_obstacle(&r->target))
			printf("obstacle: it %s\n", atls_target_obstacle(&r->target));
	} else {
		printf("servers: those registered at %s\n", r->paths.home);
	}
	if (*o->relay)
		printf("output: lttng-relayd of %s, ports %d and %d; meta.json in %s\n", o->relay,
		       o->relay_port, o->relay_port + 1, o->dir);
	else
		printf("output: %s\n", o->dir);
	printf("session daemon: %s (LTTng %s)\n", r->daemon.program, r->daemon.version);
	print_limits(o);
	if (r->has_command)
		print_environment(r);
}
