/* SPDX-License-Identifier: Apache-2.0 */
/* Options of 'asynctls record' and 'asynctls start'. */
#include "record/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/units.h"
#include "duration.h"
#include "events/groups.h"
#include "spec/bridge-rule.h"
#include "spec/spec.h"

#define RELAY_PORT 5342

/* --- values ----------------------------------------------------------------- */

/* "m" is minutes here and "M" megabytes; a bare number could be either. */
bool atls_take_rotate(void *options, const char *value)
{
	struct atls_record_options *o = options;
	const char *last = value + strlen(value) - 1;

	return (atls_duration_parse(value, &o->rotate_ns) && o->rotate_ns > 0) ||
	       (*value && strchr("0123456789", *last) == NULL &&
		atls_size_parse(value, &o->rotate_size));
}

bool atls_take_trigger(void *options, const char *value)
{
	struct atls_record_options *o = options;

	value += strspn(value, " ");
	if (strncmp(value, "job", 3))
		return false;
	value += 3 + strspn(value + 3, " ");
	if (*value != '>')
		return false;
	value += 1 + strspn(value + 1, " ");
	return atls_duration_parse(value, &o->trigger_ns) && o->trigger_ns > 0;
}

bool atls_take_events(void *options, const char *value)
{
	struct atls_record_options *o = options;
	char word[64];

	o->groups = atls_groups_parse(value, word, sizeof(word));
	return o->groups != 0;
}

bool atls_take_relay(void *options, const char *value)
{
	struct atls_record_options *o = options;
	const char *colon = strrchr(value, ':');
	size_t length = colon ? (size_t)(colon - value) : strlen(value);
	char *end = "";

	o->relay_port = colon ? (int)strtol(colon + 1, &end, 10) : RELAY_PORT;
	if (!length || length >= sizeof(o->relay) || *end || o->relay_port < 1 ||
	    o->relay_port > 65534 || strcspn(value, "/ ") < length)
		return false;
	memcpy(o->relay, value, length);
	o->relay[length] = '\0';
	return true;
}

/* --- together --------------------------------------------------------------- */

static bool check_engine(const char *command, const char *text)
{
	struct atls_spec spec = ATLS_SPEC_DEFAULT;
	char why[512];

	if (!atls_spec_parse(&spec, text, why, sizeof(why)))
		return true;
	atls_error("%s: --engine: %s", command, why);
	return false;
}

bool atls_shim_options_check(struct atls_shim_options *o, const char *command)
{
	bool observe = !strcmp(o->mode, "observe");
	struct atls_bridge_wish wish = { 0 };

	if (observe && o->engine) {
		atls_error("%s: --engine needs --mode=engine or --mode=bridge", command);
		return false;
	}
	if ((o->bridge || o->bridge_only) && strcmp(o->mode, "bridge")) {
		atls_error("%s: --bridge and --bridge-only need --mode=bridge", command);
		return false;
	}
	if (atls_bridge_wish_read(&wish, o->bridge)) {
		atls_error("%s: --bridge: '%s' is not server, client, both or force", command,
			   o->bridge);
		return false;
	}
	if (!observe && !o->engine)
		o->engine = ATLS_ENGINE_DEFAULT;
	return !o->engine || check_engine(command, o->engine);
}

static bool check_target(const struct atls_record_options *o, const char *command)
{
	const struct atls_shim_options *shim = &o->shim;

	if (o->background && o->command[0]) {
		atls_error(
			"start: records servers that run already; 'asynctls record -- COMMAND' starts one");
		return false;
	}
	if (o->pid && o->command[0]) {
		atls_error("%s: either --pid or a command", command);
		return false;
	}
	if (o->session && o->command[0]) {
		atls_error("%s: --session is for servers that run already, not for a command",
			   command);
		return false;
	}
	if (!o->background && !o->pid && !o->session && !o->command[0]) {
		atls_error(
			"record: no command was given; 'asynctls record -- COMMAND' records one");
		return false;
	}
	if (!o->command[0] &&
	    (shim->engine || strcmp(shim->mode, "observe") || shim->bridge || shim->bridge_only)) {
		atls_error(
			"%s: the mode of a server that runs already is fixed; 'asynctls env' sets it",
			command);
		return false;
	}
	return true;
}

static bool check_together(const struct atls_record_options *o, const char *command)
{
	const char *what = NULL;

	if (o->trigger_ns && !o->ring)
		what = "--trigger needs --ring";
	else if (o->trigger_ns && !(o->groups & ATLS_GROUP_JOB))
		what = "--trigger needs the events of group job";
	else if (o->ring && (o->rotate_size || o->rotate_ns))
		what = "a ring is not rotated: --ring or --rotate";
	else if (o->ring && o->max_size)
		what = "a ring has a fixed size: --ring=SIZE instead of --max-size";
	else if (o->relay[0] && o->max_size)
		what = "--max-size is for recordings on this host, not for --relay";
	else if (o->relay[0] && o->analyze)
		what = "--analyze is for recordings on this host, not for --relay";
	else if (o->max_size && o->rotate_size > o->max_size)
		what = "--rotate is larger than --max-size";
	else if (!*o->dir)
		what = "the output directory has no name";
	if (what)
		atls_error("%s: %s", command, what);
	return !what;
}

bool atls_record_options_check(struct atls_record_options *o, const char *command)
{
	if (o->addresses)
		o->groups |= ATLS_GROUP_ADDRESS;
	return check_target(o, command) && atls_shim_options_check(&o->shim, command) &&
	       check_together(o, command);
}
