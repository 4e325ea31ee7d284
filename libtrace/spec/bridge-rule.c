/* SPDX-License-Identifier: Apache-2.0 */
/* Which programs the bridge takes on. */
#include "spec/bridge-rule.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define ATLS_GOOD(name) { name, NULL },
#define ATLS_BAD(name, why) { name, why },

/* flaw: what is known against it; NULL if it is known good. */
static const struct program {
	const char *name, *flaw;
} programs[] = {
#include "spec/programs.def"
};

static const struct program *known(const char *name)
{
	for (size_t i = 0; name && i < sizeof(programs) / sizeof(programs[0]); i++)
		if (!strcmp(programs[i].name, name))
			return &programs[i];
	return NULL;
}

/* Whether a name is one of those in a list, joined by commas. */
static bool is_listed(const char *list, const char *name)
{
	size_t n = name ? strlen(name) : 0;

	for (; n && *list; list += strcspn(list, ","), list += *list == ',')
		if (strcspn(list, ",") == n && !strncmp(list, name, n))
			return true;
	return false;
}

static bool read_word(struct atls_bridge_wish *wish, const char *word, size_t n)
{
	static const struct {
		const char *text;
		unsigned int sides;
	} words[] = {
		{ "server", ATLS_BRIDGE_SERVERS },
		{ "client", ATLS_BRIDGE_CLIENTS },
		{ "both", ATLS_BRIDGE_SERVERS | ATLS_BRIDGE_CLIENTS },
		{ "force", 0 },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].text) == n && !strncmp(words[i].text, word, n)) {
			if (words[i].sides)
				wish->sides = words[i].sides;
			else
				wish->force = true;
			return true;
		}
	return false;
}

int atls_bridge_wish_read(struct atls_bridge_wish *wish, const char *words)
{
	struct atls_bridge_wish read = *wish;

	for (const char *at = words; at && *at;) {
		size_t n = strcspn(at, ",");

		if (!read_word(&read, at, n))
			return -EINVAL;
		at += n + (at[n] == ',');
	}
	*wish = read;
	return 0;
}

enum atls_bridge_rule atls_bridge_rule(const struct atls_bridge_wish *wish, const char *name,
				       const char *file)
{
	const struct program *program = known(name);

	if (wish->only && *wish->only)
		return is_listed(wish->only, name) || is_listed(wish->only, file)
			       ? ATLS_BRIDGE_RULE_NAMED
			       : ATLS_BRIDGE_RULE_NOT_NAMED;
	if (wish->force)
		return ATLS_BRIDGE_RULE_FORCED;
	if (!program)
		program = known(file);
	if (!program)
		return ATLS_BRIDGE_RULE_UNKNOWN;
	return program->flaw ? ATLS_BRIDGE_RULE_KNOWN_BAD : ATLS_BRIDGE_RULE_KNOWN_GOOD;
}

bool atls_bridge_rule_takes(enum atls_bridge_rule rule)
{
	return rule == ATLS_BRIDGE_RULE_KNOWN_GOOD || rule == ATLS_BRIDGE_RULE_NAMED ||
	       rule == ATLS_BRIDGE_RULE_FORCED;
}

const char *atls_bridge_flaw(const char *name)
{
	const struct program *program = known(name);

	return program ? program->flaw : NULL;
}
