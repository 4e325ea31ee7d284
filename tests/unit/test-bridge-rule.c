/* SPDX-License-Identifier: Apache-2.0 */
/* Which programs the bridge takes on, by what is known of them and by what is asked. TAP. */
#include <stdlib.h>

#include "spec/bridge-rule.h"
#include "test.h"

static void holds(const char *words, const char *only, const char *name, const char *file,
		  enum atls_bridge_rule expected)
{
	struct atls_bridge_wish wish = { .only = only };
	char text[200];

	snprintf(text, sizeof(text), "'%s', '%s': %s (%s)", words, only ? only : "", name, file);
	ok(!atls_bridge_wish_read(&wish, words) && atls_bridge_rule(&wish, name, file) == expected,
	   text);
}

static void test_rules(void)
{
	holds("", NULL, "nginx", "nginx", ATLS_BRIDGE_RULE_KNOWN_GOOD);
	holds("", NULL, "my-nginx", "nginx", ATLS_BRIDGE_RULE_KNOWN_GOOD);
	holds("", NULL, "ruby", "ruby3.1", ATLS_BRIDGE_RULE_KNOWN_BAD);
	holds("", NULL, "other", "thing", ATLS_BRIDGE_RULE_UNKNOWN);
	holds("server", "", "other", "thing", ATLS_BRIDGE_RULE_UNKNOWN);
	holds("force", NULL, "ruby", "ruby", ATLS_BRIDGE_RULE_FORCED);
	holds("both,force", NULL, "other", "thing", ATLS_BRIDGE_RULE_FORCED);
	holds("", "a,thing", "other", "thing", ATLS_BRIDGE_RULE_NAMED);
	holds("", "other", "other", "thing", ATLS_BRIDGE_RULE_NAMED);
	holds("", "oth,others", "other", "thing", ATLS_BRIDGE_RULE_NOT_NAMED);
	holds("force", "haproxy", "nginx", "nginx", ATLS_BRIDGE_RULE_NOT_NAMED);
	holds("", "haproxy", "other", "", ATLS_BRIDGE_RULE_NOT_NAMED);
}

static void test_words(void)
{
	struct atls_bridge_wish wish = { .sides = ATLS_BRIDGE_SERVERS };

	ok(!atls_bridge_wish_read(&wish, "force") && wish.sides == ATLS_BRIDGE_SERVERS &&
		   wish.force,
	   "force leaves the side as it is");
	ok(!atls_bridge_wish_read(&wish, "client,force") && wish.sides == ATLS_BRIDGE_CLIENTS,
	   "a side beside force");
	ok(atls_bridge_wish_read(&wish, "both,left") && wish.sides == ATLS_BRIDGE_CLIENTS,
	   "an unknown word is refused, and changes nothing");
	ok(!atls_bridge_wish_read(&wish, NULL), "nothing may be said");
}

int main(void)
{
	test_rules();
	test_words();
	return done();
}
